package lathe.minference;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import lathe.minference.MInferenceConfig.Candidate;
import lathe.minference.MInferenceConfig.HeadPattern;
import lathe.spi.attention.AttentionScene;
import lathe.spi.tensor.Tensor;

/**
 * What every head does: what the user wrote down, else what the search found, else the common pattern. The search looks at
 * the first prompt that is long enough, layer by layer, and at no other: what it finds stays.
 */
final class FoundPatterns {
    private final MInferenceConfig config;
    private final Map<Integer, HeadPattern[]> found = new ConcurrentHashMap<>();

    FoundPatterns(MInferenceConfig config) {
        this.config = config;
    }

    HeadPattern of(int layer, int head) {
        HeadPattern[] patterns = found.get(layer);
        return patterns == null || config.names(layer, head) ? config.of(layer, head) : patterns[head];
    }

    /** Searches a layer if there is something to search and nobody has yet. */
    void search(AttentionScene scene) {
        int tokens = scene.queryPositions().length;
        boolean whole = scene.keyCount(0) == tokens;
        if (!config.search().isEmpty() && whole && tokens > config.searchFrom()) {
            found.computeIfAbsent(scene.layer().block(), layer -> patterns(scene, layer));
        }
    }

    private HeadPattern[] patterns(AttentionScene scene, int layer) {
        List<Candidate> tried = config.search();
        HeadSearch search = new HeadSearch(tried.stream()
                .map(one -> new HeadSearch.Candidate(one.pattern(), one.first(), one.second())).toList(),
                config.searchFrom());
        Tensor queries = scene.queries();
        Tensor keys = scene.keys();
        HeadPattern[] patterns = new HeadPattern[scene.layer().heads()];
        float[] chosen = new float[patterns.length];
        float[] kept = new float[patterns.length];
        for (int head = 0; head < patterns.length; head++) {
            double[] scores = search.scores(queries.row(head), keys.row(head / scene.layer().groupSize()));
            int best = HeadSearch.first(scores);
            Candidate candidate = tried.get(best);
            patterns[head] = new HeadPattern(layer, head, candidate.pattern(), candidate.first(), candidate.second());
            chosen[head] = best;
            kept[head] = (float) scores[best];
        }
        scene.note("search_chosen", scene.scope().of(chosen, chosen.length));
        scene.note("search_kept", scene.scope().of(kept, kept.length));
        return patterns;
    }
}
