package lathe.engine.kernels;

import java.util.List;

/** Two weights one after the other: low rank factors, or a dictionary after its coefficients. */
final class LowRankKernel extends LinearKernel {
    private final LinearKernel up;
    private final LinearKernel down;
    private final MatrixProduct product;

    /**
     * W = up down.
     *
     * @param up   [out, rank]
     * @param down [rank, in]
     */
    LowRankKernel(LinearKernel up, LinearKernel down, KernelTools tools) {
        super(up.outFeatures(), down.inFeatures(), partsOf(List.of(up, down)));
        this.up = up;
        this.down = down;
        this.product = tools.product();
    }

    @Override
    void apply(Batch input, Batch output) {
        int rank = down.outFeatures();
        try (Scratch.Frame frame = Scratch.frame()) {
            Batch between = new Batch(frame.floats((long) rank * input.rows()), rank, input.rows(), rank);
            down.apply(input, between);
            up.apply(between, output);
        }
    }

    @Override
    void decode(int from, int to, Batch into) {
        int rank = down.outFeatures();
        try (Scratch.Frame frame = Scratch.frame()) {
            Batch left = new Batch(frame.floats((long) rank * (to - from)), rank, to - from, rank);
            Batch right = new Batch(frame.floats((long) rank * inFeatures()), inFeatures(), rank, inFeatures());
            up.decode(from, to, left);
            down.decode(0, rank, right);
            product.times(
                    false,
                    to - from,
                    inFeatures(),
                    rank,
                    left.address(),
                    left.stride(),
                    right.address(),
                    right.stride(),
                    into.address(),
                    into.stride());
        }
    }
}
