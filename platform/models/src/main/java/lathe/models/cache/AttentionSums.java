package lathe.models.cache;

import java.util.Arrays;
import java.util.Optional;

import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** How much attention every token of a cache has got, summed over all passes and the query heads of a group. */
final class AttentionSums {
    private final LayerInfo layer;
    private final double[][] sums;
    private boolean known;

    AttentionSums(LayerInfo layer) {
        this.layer = layer;
        this.sums = new double[layer.kvHeads()][0];
    }

    /** Adds the column sums of a pass; columns beyond a head's tokens are padding. */
    void add(Optional<Tensor> columnSums, int[] tokens) {
        for (int head = 0; head < sums.length; head++) {
            sums[head] = Arrays.copyOf(sums[head], tokens[head]);
        }
        if (columnSums.isEmpty()) {
            return;
        }
        known = true;
        float[] row = new float[columnSums.get().size(1)];
        for (int head = 0; head < layer.heads(); head++) {
            columnSums.get().copyRow(head, row);
            double[] target = sums[head / layer.groupSize()];
            for (int slot = 0; slot < target.length; slot++) {
                target[slot] += row[slot];
            }
        }
    }

    void keep(int head, int[] kept) {
        double[] old = sums[head];
        sums[head] = Arrays.stream(kept).mapToDouble(slot -> old[slot]).toArray();
    }

    /** [kvHeads, widest], if column sums were observed. */
    Optional<Tensor> tensor(Scope scope) {
        if (!known) {
            return Optional.empty();
        }
        int widest = Arrays.stream(sums).mapToInt(row -> row.length).max().orElse(0);
        Tensor all = scope.zeros(sums.length, widest);
        float[] row = new float[widest];
        for (int head = 0; head < sums.length; head++) {
            Arrays.fill(row, 0);
            for (int slot = 0; slot < sums[head].length; slot++) {
                row[slot] = (float) sums[head][slot];
            }
            all.setRow(head, row);
        }
        return Optional.of(all);
    }

    /** Bytes of the sums that are kept between passes, if any. */
    long bytes() {
        return known ? Arrays.stream(sums).mapToLong(row -> (long) row.length * Double.BYTES).sum() : 0;
    }
}
