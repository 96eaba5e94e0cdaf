package lathe.spi;

import java.util.function.Supplier;

import lathe.spi.tensor.Tensor;

/**
 * Takes what a method found on its way and somebody may want to see beside the result: scores, thresholds, losses. The
 * scenes of all kinds are notes; nobody listens unless a report or a comparison with other software asked for it.
 *
 * <p>A report shows, a row a block: numbers; vectors of up to 64 numbers, one a head or expert, say; longer ones by their
 * mean; of the methods that serve a model also matrices, by the mean of each head. Suppliers of weight methods are not asked.
 */
public interface Notes {
    /**
     * Notes a tensor.
     *
     * @param name  the name that the method's paper or card gives it, such as {@code score}
     * @param value dead after the call of the method; a listener copies it
     */
    default void note(String name, Tensor value) {
        // Nobody listens.
    }

    /**
     * Notes a number.
     *
     * @param name  the name that the method's paper or card gives it, such as {@code loss_estimate}
     * @param value the number
     */
    default void note(String name, double value) {
        // Nobody listens.
    }

    /**
     * Notes a tensor that takes work to make; it is made only if somebody listens.
     *
     * @param name  the name that the method's paper or card gives it
     * @param value makes the tensor, called at once or never
     */
    default void note(String name, Supplier<Tensor> value) {
        // Nobody listens.
    }
}
