package lathe.minference;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/**
 * Step 6b: the key blocks whose mean has the largest product with the mean query of a block. A short last block is filled
 * up with zeros and divided by the whole block, as in the release; the diagonal block is not forced.
 */
final class PooledBlocks {
    private final MInferenceConfig config;
    private final AttentionScene scene;
    private final List<Tensor> scores = new ArrayList<>();
    private final List<Tensor> masks = new ArrayList<>();

    PooledBlocks(MInferenceConfig config, AttentionScene scene) {
        this.config = config;
        this.scene = scene;
    }

    AttentionPlan plan(int head, int topk) {
        Scope scope = scene.scope();
        int block = config.block();
        int kvHead = head / scene.layer().groupSize();
        Tensor queries = pooled(scene.queries().in(scope).row(head), scene.queryPositions().length);
        Tensor keys = pooled(scene.keys().in(scope).row(kvHead), scene.keyCount(kvHead));
        Tensor score = queries.matmulTransposed(keys);
        Tensor mask = scope.zeros(score.size(0), score.size(1));
        int first = scene.keyCount(kvHead) - scene.queryPositions().length;
        int[] starts = new int[score.size(0) + 1];
        IntStream.Builder ranges = IntStream.builder();
        for (int b = 0; b < score.size(0); b++) {
            int visible = Math.min(score.size(1), (first + (b + 1) * block + block - 1) / block);
            int[] chosen = Selection.indices(Selection.largest(score.row(b).slice(0, 0, visible).toFloats(), topk));
            for (int keyBlock : chosen) {
                ranges.add(keyBlock * block);
                mask.set(1, b, keyBlock);
            }
            for (int hidden = visible; hidden < score.size(1); hidden++) {
                score.set(0, b, hidden);
            }
            starts[b + 1] = starts[b] + chosen.length;
        }
        scores.add(score);
        masks.add(mask);
        return AttentionPlan.Tiles.of(block, block, starts, ranges.build().toArray());
    }

    private Tensor pooled(Tensor rows, int count) {
        int block = config.block();
        int blocks = (count + block - 1) / block;
        Tensor means = scene.scope().zeros(blocks, rows.size(1));
        for (int b = 0; b < blocks; b++) {
            means.row(b).assign(rows.slice(0, b * block, Math.min(count, (b + 1) * block)).sum(0).divide(block));
        }
        return means;
    }

    /** Shows scores and choices of all heads. */
    void note() {
        if (!scores.isEmpty()) {
            scene.note("block_score", () -> stacked(scores));
            scene.note("mask", () -> stacked(masks));
        }
    }

    private Tensor stacked(List<Tensor> heads) {
        Tensor first = heads.getFirst();
        Tensor all = scene.scope().zeros(heads.size(), first.size(0), first.size(1));
        for (int i = 0; i < heads.size(); i++) {
            all.row(i).assign(heads.get(i));
        }
        return all;
    }
}
