package lathe.engine.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A rule that moves a parameter along its gradient. It keeps nothing itself: what it remembers of a parameter is a map of
 * tensors, which is saved and restored with the parameter, so that a run goes on bit by bit. Elements are computed in
 * double precision and stored in float32, by one thread and in their order.
 */
public interface Optimizer {
    /**
     * What is remembered of a parameter before its first step.
     *
     * @param parameter float32
     * @param scope     where the state lives
     * @return zeros by name; empty for a rule without memory
     */
    Map<String, Tensor> start(Tensor parameter, Scope scope);

    /**
     * Moves a parameter.
     *
     * @param parameter float32, contiguous; overwritten
     * @param gradient  of its shape
     * @param state     of this parameter; overwritten
     * @param step      from 1
     * @param rate      learning rate of this step
     */
    void step(Tensor parameter, Tensor gradient, Map<String, Tensor> state, int step, double rate);

    /** The elements of a contiguous float32 tensor. */
    static MemorySegment floats(Tensor tensor) {
        if (tensor.type() != DataType.F32 || !tensor.isContiguous()) {
            throw new IllegalArgumentException("An optimiser works on contiguous float32, not on " + tensor.type() + " "
                    + tensor.shape() + ".");
        }
        return tensor.segment();
    }

    /** An element. */
    static double get(MemorySegment floats, long i) {
        return floats.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
    }

    /** Rounds and stores an element, and gives what is stored. */
    static double set(MemorySegment floats, long i, double value) {
        floats.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) value);
        return value;
    }

    /** Root of the mean square; 0 of nothing. */
    static double rootMeanSquare(Tensor tensor) {
        return Math.sqrt(tensor.square().sum() / Math.max(1, tensor.elements()));
    }
}
