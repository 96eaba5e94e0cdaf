package lathe.blocksparse;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import lathe.spi.Refusal;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.Phase;
import lathe.spi.model.ModelInfo;

/**
 * Attention over given blocks (arXiv 1904.10509 and many after it). The token-level causal mask holds inside the block on
 * the diagonal; a query block without any block gives zeros. While decoding, and for chunks that do not start at a block's
 * border, attention is dense.
 */
final class BlockSparsePattern implements AttentionPattern {
    private final BlockSparseConfig config;

    BlockSparsePattern(BlockSparseConfig config) {
        this.config = config;
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        int heads = config.mask().size();
        boolean fits = heads == 1 || model.layers().stream().allMatch(layer -> layer.heads() == heads);
        return fits
                ? Optional.empty()
                : Optional.of(Refusal.because("The mask is given for " + heads + " heads, but " + model.name()
                        + " has another number; give one list of rows for all heads, or one for each."));
    }

    @Override
    public AttentionPlan plan(AttentionScene scene) {
        int first = scene.keyCount(0) - scene.queryPositions().length;
        if (scene.phase() == Phase.DECODE || first % config.block() != 0) {
            return new AttentionPlan.Dense();
        }
        int blocks = (scene.queryPositions().length + config.block() - 1) / config.block();
        return AttentionPlan.perHead(
                scene.layer().heads(), head -> tiles(config.rows(head), first / config.block(), blocks));
    }

    private AttentionPlan tiles(List<String> rows, int firstBlock, int blocks) {
        int[] starts = new int[blocks + 1];
        IntStream.Builder ranges = IntStream.builder();
        for (int b = 0; b < blocks; b++) {
            int queryBlock = firstBlock + b;
            int count = 0;
            for (int keyBlock = 0; keyBlock <= queryBlock; keyBlock++) {
                if (queryBlock >= rows.size() || reads(rows.get(queryBlock), keyBlock)) {
                    ranges.add(keyBlock * config.block());
                    count++;
                }
            }
            starts[b + 1] = starts[b] + count;
        }
        return AttentionPlan.Tiles.of(config.block(), config.block(), starts, ranges.build().toArray());
    }

    private static boolean reads(String row, int keyBlock) {
        return keyBlock < row.length() && row.charAt(keyBlock) == '1';
    }
}
