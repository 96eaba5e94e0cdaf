package lathe.runtime.price;

import static java.util.Objects.requireNonNull;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * How fast the machine is.
 *
 * @param multiplications floating-point operations of dense products a second
 * @param elements        weights a second that a method looks at one by one
 * @param bytes           bytes of weights a second while decoding
 * @param diskBytes       bytes a second that are written
 */
public record MachineRate(double multiplications, double elements, double bytes, double diskBytes) {
    private static final int SIZE = 768;
    private static final int TRIALS = 3;

    /**
     * Measures dense products for some hundredths of a second; the other rates are those of an ordinary machine of two
     * cores (40 million weights, 8 GB of memory and 300 MB of disk a second).
     *
     * @param scope for the matrices
     * @return the rates
     */
    public static MachineRate measured(Scope scope) {
        requireNonNull(scope, "scope is null");
        try (Scope local = scope.child()) {
            Tensor square = local.zeros(SIZE, SIZE).fill(0.5);
            double best = Double.MAX_VALUE;
            for (int i = 0; i < TRIALS; i++) {
                long start = System.nanoTime();
                square.matmul(square);
                best = Math.min(best, (System.nanoTime() - start) * 1e-9);
            }
            return new MachineRate(2.0 * SIZE * SIZE * SIZE / best, 4e7, 8e9, 3e8);
        }
    }
}
