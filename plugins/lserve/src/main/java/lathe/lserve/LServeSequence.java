package lathe.lserve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.Phase;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/** One sequence: statistics of the pages of every layer, and the pages chosen last. */
final class LServeSequence implements AttentionPattern {
    /** Fewest pages that are read. */
    private static final int LEAST_PAGES = 3;

    private final LServeConfig config;
    private final HeadLabels labels;
    private final Map<Integer, LayerPages> layers = new HashMap<>();

    /** Statistics of each key/value head and lists of each query head. */
    private record LayerPages(PageStatistics[] statistics, int[][] chosen) {}

    LServeSequence(LServeConfig config, HeadLabels labels) {
        this.config = config;
        this.labels = labels;
    }

    @Override
    public AttentionPlan plan(AttentionScene scene) {
        LayerPages pages = layers.computeIfAbsent(scene.layer().block(), block -> new LayerPages(
                new PageStatistics[scene.layer().kvHeads()], new int[scene.layer().heads()][]));
        boolean prompt = scene.phase() == Phase.PREFILL || scene.queryPositions().length > 1;
        if (prompt) {
            Arrays.fill(pages.chosen(), null);
        }
        for (int kvHead : labels.heads(scene.layer(), false)) {
            catchUp(scene, pages, kvHead);
        }
        AttentionPlan plan = AttentionPlan.perHead(scene.layer().heads(), head -> {
            int kvHead = head / scene.layer().groupSize();
            if (!labels.isRetrieval(scene.layer(), kvHead)) {
                return prompt
                        ? new AttentionPlan.SinkWindow(config.ctxSink(), config.ctxLocal())
                        : new AttentionPlan.SinkWindow(config.decSink(), config.decLocal());
            }
            return prompt ? new AttentionPlan.Dense() : step(scene, pages, head, kvHead);
        });
        if (!prompt) {
            note(scene, pages);
        }
        takeNewKeys(scene, pages);
        return plan;
    }

    @Override
    public long bytes() {
        return layers.values().stream().flatMap(pages -> Arrays.stream(pages.statistics())).filter(Objects::nonNull)
                .mapToLong(PageStatistics::bytes).sum();
    }

    /** Statistics of the stored keys, in case that they are not those of the steps before. */
    private void catchUp(AttentionScene scene, LayerPages pages, int kvHead) {
        int stored = scene.keyCount(kvHead) - scene.queryPositions().length;
        PageStatistics known = pages.statistics()[kvHead];
        boolean moved = stored > 0 && scene.keyPositions(kvHead)[stored - 1] != stored - 1;
        if (known == null || known.tokens() != stored || moved) {
            known = new PageStatistics(scene.layer().headDim(), config.partSize());
            if (stored > 0) {
                known.add(scene.keys().in(scene.scope()).row(kvHead).slice(0, 0, stored));
            }
            pages.statistics()[kvHead] = known;
        }
    }

    private void takeNewKeys(AttentionScene scene, LayerPages pages) {
        int[] heads = labels.heads(scene.layer(), false);
        if (heads.length > 0) {
            Tensor keys = scene.newKeys();
            for (int kvHead : heads) {
                pages.statistics()[kvHead].add(keys.row(kvHead));
            }
        }
    }

    private AttentionPlan step(AttentionScene scene, LayerPages pages, int head, int kvHead) {
        int stored = pages.statistics()[kvHead].tokens();
        int[] chosen = pages.chosen()[head];
        if (stored % config.selectorUpdateInterval() == 0 || chosen == null) {
            chosen = choose(scene, pages.statistics()[kvHead], head);
        }
        chosen = withNewest(chosen, stored / config.pageSize());
        pages.chosen()[head] = chosen;
        int[] starts = Arrays.stream(chosen).map(page -> page * config.pageSize()).toArray();
        return AttentionPlan.Tiles.of(1, config.pageSize(), new int[] {0, starts.length}, starts);
    }

    /** The page that the new token goes into is read in every step. */
    private static int[] withNewest(int[] pages, int newest) {
        if (pages[pages.length - 1] == newest) {
            return pages;
        }
        int[] more = Arrays.copyOf(pages, pages.length + 1);
        more[pages.length] = newest;
        return more;
    }

    private int[] choose(AttentionScene scene, PageStatistics statistics, int head) {
        int stored = statistics.tokens();
        int newest = stored / config.pageSize();
        if (stored <= config.dynamicSparseTokenBudget()) {
            return IntStream.rangeClosed(0, newest).toArray();
        }
        float[] scores = statistics.pageScores(query(scene, head), config.subChunkPerBlock());
        int count = Math.min(
                Math.max(LEAST_PAGES, config.dynamicSparseTokenBudget() / config.pageSize()), newest + 1) - 1;
        int[] best = Selection.indices(Selection.largest(Arrays.copyOf(scores, newest), count));
        return withNewest(best, newest);
    }

    private static float[] query(AttentionScene scene, int head) {
        return scene.queries().in(scene.scope()).row(head).toFloats();
    }

    private void note(AttentionScene scene, LayerPages pages) {
        int[] heads = labels.heads(scene.layer(), false);
        if (heads.length < scene.layer().kvHeads()) {
            return;
        }
        // Suppliers may be asked at once only: the statistics go on.
        Scope scope = scene.scope();
        scene.note("kmax", () -> extremes(pages, true, scene));
        scene.note("kmin", () -> extremes(pages, false, scene));
        scene.note("page_scores", () -> scores(pages, scene));
        scene.note("pages", () -> scope.ofLists(List.of(pages.chosen())));
    }

    private Tensor extremes(LayerPages pages, boolean upper, AttentionScene scene) {
        List<float[]> rows = new ArrayList<>();
        for (PageStatistics head : pages.statistics()) {
            rows.add(head.extremes(upper));
        }
        int parts = pages.statistics()[0].parts();
        return scene.scope().ofRows(rows).reshape(rows.size(), parts, scene.layer().headDim());
    }

    private Tensor scores(LayerPages pages, AttentionScene scene) {
        return scene.scope().ofRows(IntStream.range(0, scene.layer().heads()).mapToObj(head -> pages
                .statistics()[head / scene.layer().groupSize()]
                .pageScores(query(scene, head), config.subChunkPerBlock())).toList());
    }
}
