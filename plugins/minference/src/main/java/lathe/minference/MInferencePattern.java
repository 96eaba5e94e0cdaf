package lathe.minference;

import java.util.stream.IntStream;

import lathe.minference.MInferenceConfig.HeadPattern;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.Phase;

/**
 * MInference (arXiv 2407.02490; authors' code: microsoft/MInference, modules/minference_forward.py and
 * csrc/vertical_slash_index.cu). Prefill alone is sparse; decoding is dense.
 *
 * <p>Differences from the release: where forced columns or diagonals are more than are to be chosen, the lowest are taken
 * (there the choice is arbitrary). The search for the pattern of a head ({@link HeadSearch}) takes the first long prompt for
 * its sample.
 */
final class MInferencePattern implements AttentionPattern {
    private final MInferenceConfig config;
    private final FoundPatterns found;

    MInferencePattern(MInferenceConfig config) {
        this.config = config;
        this.found = new FoundPatterns(config);
    }

    @Override
    public AttentionPlan plan(AttentionScene scene) {
        int queries = scene.queryPositions().length;
        if (scene.phase() == Phase.DECODE || queries == 1 || scene.layer().block() < config.startingLayer()) {
            return new AttentionPlan.Dense();
        }
        found.search(scene);
        VerticalSlash lines = new VerticalSlash(config, scene);
        PooledBlocks blocks = new PooledBlocks(config, scene);
        AttentionPlan plan = AttentionPlan.perHead(scene.layer().heads(), head -> {
            HeadPattern own = found.of(scene.layer().block(), head);
            return switch (own.pattern()) {
                case VERTICAL_AND_SLASH -> lines.plan(head, own.first(), own.second());
                case BLOCK_SPARSE -> blocks.plan(head, own.first());
                case SINK_WINDOW -> new AttentionPlan.SinkWindow(own.first(), own.second());
                case TRI_SHAPE -> triShape(scene, own.first(), own.second());
            };
        });
        lines.note();
        blocks.note();
        return plan;
    }

    /** A window and sinks for every row, and for the last rows windows side by side from the first key on. */
    private AttentionPlan triShape(AttentionScene scene, int sinks, int window) {
        int queries = scene.queryPositions().length;
        int first = scene.keyCount(0) - queries;
        int[] rangeStarts = new int[queries + 1];
        int[] keyStarts = new int[queries + 1];
        IntStream.Builder ranges = IntStream.builder();
        IntStream.Builder keys = IntStream.builder();
        for (int row = 0; row < queries; row++) {
            int slot = first + row;
            boolean dense = row >= queries - config.nLast();
            int from = dense ? 0 : Math.max(0, slot - window + 1);
            int count = 0;
            for (int start = from; start <= slot; start += window) {
                ranges.add(start);
                count++;
            }
            int single = dense ? 0 : Math.min(sinks, from);
            IntStream.range(0, single).forEach(keys::add);
            rangeStarts[row + 1] = rangeStarts[row] + count;
            keyStarts[row + 1] = keyStarts[row] + single;
        }
        return new AttentionPlan.Tiles(
                1, window, rangeStarts, ranges.build().toArray(), keyStarts, keys.build().toArray());
    }
}
