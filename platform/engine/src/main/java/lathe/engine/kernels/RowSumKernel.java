package lathe.engine.kernels;

import java.util.List;
import java.util.stream.Stream;

/**
 * Several weights that add up, all of which are read row by row: a chunk of rows is multiplied with all of them in turn, so
 * that its products are added while they are near, and a decoded panel is their sum, so that many inputs take one product.
 */
final class RowSumKernel extends RowKernel {
    private final RowKernel[] terms;
    /** Where each term's arranged input begins. */
    private final int[] places;

    private RowSumKernel(List<LinearKernel> terms, KernelTools tools) {
        super(terms.getFirst().outFeatures(), terms.getFirst().inFeatures(), partsOf(terms), tools);
        this.terms = terms.toArray(RowKernel[]::new);
        this.places = new int[this.terms.length + 1];
        for (int i = 0; i < this.terms.length; i++) {
            places[i + 1] = places[i] + this.terms[i].arrangedSize();
        }
    }

    /** Whether all terms are read row by row, and from arrays. */
    static LinearKernel of(List<LinearKernel> terms, KernelTools tools) {
        boolean rows = terms.stream().allMatch(term -> term instanceof RowKernel row && !row.arrangesOutside());
        return rows ? new RowSumKernel(terms, tools) : new SumKernel(terms, tools);
    }

    @Override
    int rowUnit() {
        int unit = 1;
        for (RowKernel term : terms) {
            unit = Math.max(unit, term.rowUnit());
        }
        return unit;
    }

    /** What its terms need, one after the other. */
    @Override
    Object arrangement() {
        return Stream.of(terms).map(RowKernel::arrangement).toList();
    }

    @Override
    int arrangedSize() {
        return places[terms.length];
    }

    @Override
    void arrange(long input, float[] to, int at) {
        for (int i = 0; i < terms.length; i++) {
            terms[i].arrange(input, to, at + places[i]);
        }
    }

    @Override
    void multiply(int from, int to, float[] input, int at, long output) {
        terms[0].multiply(from, to, input, at, output);
        try (Scratch.Frame frame = Scratch.frame()) {
            long term = frame.floats(to - from);
            for (int i = 1; i < terms.length; i++) {
                terms[i].multiply(from, to, input, at + places[i], term);
                math().addScaled(1, term, output, to - from);
            }
        }
    }

    @Override
    void decodeRow(int row, long to) {
        terms[0].decodeRow(row, to);
        for (int i = 1; i < terms.length; i++) {
            if (terms[i] instanceof SparseRowKernel sparse) {
                sparse.addRow(row, to);
            } else {
                add(terms[i], row, to);
            }
        }
    }

    private void add(RowKernel term, int row, long to) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long own = frame.floats(inFeatures());
            term.decodeRow(row, own);
            math().addScaled(1, own, to, inFeatures());
        }
    }
}
