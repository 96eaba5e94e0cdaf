package lathe.testkit.scene;

import java.util.function.Supplier;
import java.util.stream.IntStream;

import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.Phase;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Given queries, keys and values; keys are at positions 0, 1, ...
 *
 * @param layer          heads and widths
 * @param phase          prompt or new tokens
 * @param queries        [h, n, headDim]
 * @param keys           [kvHeads, m, headDim]
 * @param values         [kvHeads, m, valueDim]
 * @param queryPositions [n]
 * @param scope          where tensors live
 * @param findings       receives notes
 */
public record GivenAttention(
        LayerInfo layer, Phase phase, Tensor queries, Tensor keys, Tensor values, int[] queryPositions, Scope scope,
        Findings findings) implements AttentionScene {
    @Override
    public int keyCount(int kvHead) {
        return keys.size(1);
    }

    @Override
    public int[] keyPositions(int kvHead) {
        return IntStream.range(0, keys.size(1)).toArray();
    }

    @Override
    public boolean causal() {
        return true;
    }

    @Override
    public Tensor rowProbabilities(int head, int lastRow) {
        int first = queryPositions.length - lastRow;
        Tensor rows = queries.row(head).slice(0, first, queryPositions.length).in(scope).copy();
        Tensor logits = layer.logits(rows.matmulTransposed(keysOf(head)));
        for (int row = 0; row < lastRow; row++) {
            for (int key = queryPositions[first + row] + 1; key < keys.size(1); key++) {
                logits.set(Double.NEGATIVE_INFINITY, row, key);
            }
        }
        return logits.softmax();
    }

    @Override
    public Tensor blockScores(int head, int queryBlock, int keyBlock) {
        Tensor pooledQueries = pooled(queries.row(head), queryBlock);
        return layer.logits(pooledQueries.matmulTransposed(pooled(keysOf(head), keyBlock)));
    }

    private Tensor keysOf(int head) {
        return keys.row(head / layer.groupSize()).in(scope).copy();
    }

    private Tensor pooled(Tensor rows, int block) {
        int blocks = (rows.size(0) + block - 1) / block;
        Tensor means = scope.zeros(blocks, rows.size(1));
        for (int b = 0; b < blocks; b++) {
            Tensor some = rows.slice(0, b * block, Math.min(rows.size(0), (b + 1) * block)).in(scope).copy();
            means.row(b).assign(some.mean(0));
        }
        return means;
    }

    @Override
    public void note(String name, Tensor value) {
        findings.note(name, value);
    }

    @Override
    public void note(String name, double value) {
        findings.note(name, value);
    }

    @Override
    public void note(String name, Supplier<Tensor> value) {
        findings.note(name, value);
    }
}
