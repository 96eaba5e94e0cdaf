package lathe.engine.kernels;

import java.util.List;

/** Several weights that add up, of which some are not read row by row from arrays: see {@link RowSumKernel}. */
final class SumKernel extends LinearKernel {
    private final List<LinearKernel> terms;
    private final RowMath math;

    SumKernel(List<LinearKernel> terms, KernelTools tools) {
        super(terms.getFirst().outFeatures(), terms.getFirst().inFeatures(), partsOf(terms));
        this.terms = terms;
        this.math = tools.math();
    }

    @Override
    void apply(Batch input, Batch output) {
        terms.getFirst().apply(input, output);
        try (Scratch.Frame frame = Scratch.frame()) {
            Batch term = like(output, frame);
            for (LinearKernel kernel : terms.subList(1, terms.size())) {
                kernel.apply(input, term);
                add(term, output);
            }
        }
    }

    @Override
    void decode(int from, int to, Batch into) {
        terms.getFirst().decode(from, to, into);
        try (Scratch.Frame frame = Scratch.frame()) {
            Batch term = like(into, frame);
            for (LinearKernel kernel : terms.subList(1, terms.size())) {
                kernel.decode(from, to, term);
                add(term, into);
            }
        }
    }

    private static Batch like(Batch batch, Scratch.Frame frame) {
        long address = frame.floats((long) batch.rows() * batch.columns());
        return new Batch(address, batch.columns(), batch.rows(), batch.columns());
    }

    private void add(Batch term, Batch sum) {
        for (int row = 0; row < sum.rows(); row++) {
            math.addScaled(1, term.row(row), sum.row(row), sum.columns());
        }
    }
}
