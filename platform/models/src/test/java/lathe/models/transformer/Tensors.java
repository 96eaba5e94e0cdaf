package lathe.models.transformer;

import lathe.spi.tensor.Tensor;

/** Comparison of tensors in tests. */
public final class Tensors {
    private Tensors() {}

    /** The largest difference of two tensors' elements; NaN if there is a NaN. */
    public static double difference(Tensor first, Tensor second) {
        float[] a = first.toFloats();
        float[] b = second.toFloats();
        if (a.length != b.length) {
            throw new AssertionError(first.shape() + " has not as many elements as " + second.shape());
        }
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs((double) a[i] - b[i]);
            if (!(difference <= largest)) {
                largest = difference;
            }
        }
        return largest;
    }
}
