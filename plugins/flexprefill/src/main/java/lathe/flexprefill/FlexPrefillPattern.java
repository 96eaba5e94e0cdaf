package lathe.flexprefill;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

import lathe.spi.Services;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.Phase;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * FlexPrefill (arXiv 2502.20766; authors' code: bytedance/FlexPrefill, flex_prefill/ops/flex_prefill_attention.py). The last
 * queries of a prompt are probes: they say of each head which sort of pattern fits and how many blocks it needs.
 *
 * <p>Prompts that are short, decoding, and the later chunks of a prompt that comes in chunks are dense: the authors' code
 * has no form for them. Blocks of equal mass are taken from the lowest on.
 */
final class FlexPrefillPattern implements AttentionPattern {
    private final FlexPrefillConfig config;
    private final Services services;

    FlexPrefillPattern(FlexPrefillConfig config, Services services) {
        this.config = config;
        this.services = services;
    }

    @Override
    public AttentionPlan plan(AttentionScene scene) {
        int tokens = scene.queryPositions().length;
        int heads = scene.layer().heads();
        if (scene.phase() == Phase.DECODE || scene.keyCount(0) != tokens) {
            return new AttentionPlan.Dense();
        }
        int blocks = Math.ceilDiv(tokens, config.blockSize());
        if (tokens <= config.shortPrompt()) {
            scene.note("mask", () -> everything(heads, blocks, scene.scope()));
            return new AttentionPlan.Dense();
        }
        List<HeadChoice> choices = choices(scene, heads);
        note(scene, choices, blocks);
        return AttentionPlan.perHead(heads, head -> tiles(choices.get(head), blocks));
    }

    private List<HeadChoice> choices(AttentionScene scene, int heads) {
        HeadEstimates estimates = new HeadEstimates(config, scene, services.parallel());
        HeadChoice[] choices = new HeadChoice[heads];
        services.parallel().forEach(heads, 1, (from, to) -> {
            for (int head = from; head < to; head++) {
                choices[head] = HeadChoice.of(config, estimates, head);
            }
        });
        return List.of(choices);
    }

    private AttentionPlan tiles(HeadChoice choice, int blocks) {
        int[] starts = new int[blocks + 1];
        IntStream.Builder ranges = IntStream.builder();
        for (int row = 0; row < blocks; row++) {
            int count = 0;
            for (int column = 0; column <= row; column++) {
                if (choice.reads(row, column)) {
                    ranges.add(column * config.blockSize());
                    count++;
                }
            }
            starts[row + 1] = starts[row] + count;
        }
        return AttentionPlan.Tiles.of(config.blockSize(), config.blockSize(), starts, ranges.build().toArray());
    }

    private static Tensor everything(int heads, int blocks, Scope scope) {
        return mask(heads, blocks, scope, (head, row, column) -> true);
    }

    /** Whether a tile is computed. */
    private interface TileTest {
        boolean reads(int head, int row, int column);
    }

    private static Tensor mask(int heads, int blocks, Scope scope, TileTest tiles) {
        Tensor mask = scope.zeros(heads, blocks, blocks);
        for (int head = 0; head < heads; head++) {
            for (int row = 0; row < blocks; row++) {
                for (int column = 0; column <= row; column++) {
                    mask.set(tiles.reads(head, row, column) ? 1 : 0, head, row, column);
                }
            }
        }
        return mask;
    }

    private static void note(AttentionScene scene, List<HeadChoice> choices, int blocks) {
        Scope scope = scene.scope();
        scene.note("vertical", () -> scope.ofRows(choices.stream().map(head -> head.estimate().vertical()).toList()));
        scene.note("slash", () -> scope.ofRows(choices.stream().map(head -> head.estimate().slash()).toList()));
        scene.note("pooled_vertical",
                () -> scope.ofRows(choices.stream().map(head -> head.estimate().pooledVertical()).toList()));
        scene.note("pooled_slash",
                () -> scope.ofRows(choices.stream().map(head -> head.estimate().pooledSlash()).toList()));
        scene.note("pooled_estimate",
                () -> scope.ofRows(choices.stream().map(head -> head.estimate().pooledEstimate()).toList()));
        scene.note("distance", () -> row(choices.stream().mapToDouble(head -> head.estimate().distance()), scope));
        scene.note("query_aware", () -> row(choices.stream().mapToDouble(head -> head.queryAware() ? 1 : 0), scope));
        scene.note("n_vertical", () -> row(choices.stream().mapToDouble(HeadChoice::columns), scope));
        scene.note("n_slash", () -> row(choices.stream().mapToDouble(HeadChoice::diagonals), scope));
        scene.note("mask", () -> mask(choices.size(), blocks, scope,
                (head, row, column) -> choices.get(head).reads(row, column)));
        scene.note("computed_tiles",
                choices.stream().mapToInt(HeadChoice::tiles).average().orElse(0) / ((double) blocks * blocks));
    }

    private static Tensor row(DoubleStream values, Scope scope) {
        double[] numbers = values.toArray();
        Tensor all = scope.zeros(numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            all.set((float) numbers[i], i);
        }
        return all;
    }
}
