package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * Numbers of a cache as they lie in memory, F32 or F16: what {@link Tensor#get} gives, for inner loops that cannot afford it.
 * Sixteen-bit numbers are widened exactly.
 */
public final class StoredFloats {
    private final MemorySegment memory;
    private final boolean half;

    /**
     * @param tensor contiguous, F32 or F16
     */
    public StoredFloats(Tensor tensor) {
        requireNonNull(tensor, "tensor is null");
        if (tensor.type() != DataType.F32 && tensor.type() != DataType.F16 || !tensor.isContiguous()) {
            throw new IllegalArgumentException("Numbers of a cache are F32 or F16 without gaps, not " + tensor.type()
                    + (tensor.isContiguous() ? "." : " with gaps."));
        }
        this.memory = tensor.segment();
        this.half = tensor.type() == DataType.F16;
    }

    /**
     * One number.
     *
     * @param index its place in row-major order
     * @return the number
     */
    public float get(long index) {
        return half
                ? Float.float16ToFloat(memory.getAtIndex(ValueLayout.JAVA_SHORT, index))
                : memory.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    /**
     * Replaces a number.
     *
     * @param index its place in row-major order
     * @param value rounded to what is stored
     * @return the number as stored
     */
    public float set(long index, float value) {
        if (half) {
            memory.setAtIndex(ValueLayout.JAVA_SHORT, index, Float.floatToFloat16(value));
        } else {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
        }
        return get(index);
    }

    /**
     * Numbers in a row.
     *
     * @param from  place of the first in row-major order
     * @param count how many
     * @return a copy
     */
    public float[] copy(long from, int count) {
        float[] copy = new float[count];
        for (int i = 0; i < count; i++) {
            copy[i] = get(from + i);
        }
        return copy;
    }
}
