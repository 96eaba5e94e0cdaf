package lathe.models.transformer;

import java.util.Map;

import lathe.models.architecture.Slot;
import lathe.models.checkpoint.TensorEntry;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;

/** Reads weights that a checkpoint holds in a quantised layout of another engine. */
@FunctionalInterface
public interface QuantizedReader {
    /**
     * Makes a stored form of a weight's parts.
     *
     * @param slot  which weight
     * @param parts its tensors by the last part of their names, such as {@code qweight}, {@code scales}
     * @param scope where copies live
     * @return the weight [out, in]
     */
    LinearOperator read(Slot slot, Map<String, TensorEntry> parts, Scope scope);
}
