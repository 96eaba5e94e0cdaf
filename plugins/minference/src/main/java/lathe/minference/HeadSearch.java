package lathe.minference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.minference.MInferenceConfig.Pattern;
import lathe.spi.LatheException;
import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/**
 * Step 7, the offline search of a head's pattern with score v1: the mean over late rows of the attention that a candidate
 * keeps; the first of the best wins. Authors' code: microsoft/MInference, minference_forward.py, search_pattern. The search
 * has rules of its own: 30 forced columns and offsets, lines without tiles, blocks of 32 of which a share is kept, and an
 * A-shape whose window holds one key more.
 *
 * @param candidates what is tried
 * @param firstRow   first row that counts
 */
record HeadSearch(List<Candidate> candidates, int firstRow) {
    private static final int FORCED = 30;
    private static final int LAST_ROWS = 64;
    private static final int BLOCK = 32;
    private static final int CHUNK = 64;

    /**
     * A pattern with its two sizes.
     *
     * @param pattern vertical_and_slash, sink_window or block_sparse
     * @param first   columns, sinks, or 1/share of the blocks that are kept
     * @param second  diagonals or window
     */
    record Candidate(Pattern pattern, int first, int second) {
        static Candidate of(List<Object> parts) {
            String name = parts.getFirst().toString();
            Pattern pattern = switch (name) {
                case "stream_llm" -> Pattern.SINK_WINDOW;
                case "vertical_and_slash" -> Pattern.VERTICAL_AND_SLASH;
                case "block_sparse" -> Pattern.BLOCK_SPARSE;
                default -> throw new LatheException("The search knows no pattern '" + name
                        + "', only stream_llm, vertical_and_slash and block_sparse.");
            };
            return new Candidate(pattern, number(parts, 1), number(parts, 2));
        }

        private static int number(List<Object> parts, int index) {
            return ((Number) parts.get(index)).intValue();
        }
    }

    /** Which keys a row keeps. */
    @FunctionalInterface
    private interface Kept {
        boolean keeps(int row, int key);
    }

    /** Scores [h, candidates] and the best of every head, for q [h, n, d] and k [h_kv, n, d]. */
    static void stage(MInferenceConfig config, StageScene scene, Services services) {
        List<Candidate> candidates = new ArrayList<>();
        for (List<Object> parts : scene.parameters().rows("candidates")) {
            candidates.add(Candidate.of(parts));
        }
        HeadSearch search = new HeadSearch(candidates, scene.parameters().whole("first_row"));
        Tensor queries = scene.input("q");
        Tensor keys = scene.input("k");
        Tensor scores = scene.scope().zeros(queries.size(0), candidates.size());
        int[] best = new int[queries.size(0)];
        services.parallel().forEach(queries.size(0), 1, (from, to) -> {
            for (int head = from; head < to; head++) {
                int kvHead = head / (queries.size(0) / keys.size(0));
                double[] kept = search.scores(queries.row(head), keys.row(kvHead));
                best[head] = first(kept);
                for (int i = 0; i < kept.length; i++) {
                    scores.set(kept[i], head, i);
                }
            }
        });
        scene.note("score", scores);
        scene.note("best", scene.scope().of(best, best.length));
    }

    static int first(double[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    /**
     * What every candidate keeps.
     *
     * @param queries [n, d] of one head, rotated
     * @param keys    [n, d]
     * @return mean probability that is kept of the rows that count
     */
    double[] scores(Tensor queries, Tensor keys) {
        int tokens = keys.size(0);
        if (firstRow >= tokens) {
            throw new LatheException(
                    "The search counts rows from " + firstRow + " on, but the sample has only " + tokens
                            + " tokens: a longer sample would be right.");
        }
        List<Kept> kept = candidates.stream().map(candidate -> kept(candidate, queries, keys)).toList();
        double[] sums = new double[kept.size()];
        for (int from = firstRow; from < tokens; from += CHUNK) {
            int to = Math.min(tokens, from + CHUNK);
            try (Scope local = keys.scope().child()) {
                add(probabilities(queries, keys, from, to, local), from, kept, sums);
            }
        }
        return Arrays.stream(sums).map(sum -> sum / (tokens - firstRow)).toArray();
    }

    private static void add(float[][] rows, int from, List<Kept> kept, double[] sums) {
        for (int r = 0; r < rows.length; r++) {
            for (int candidate = 0; candidate < sums.length; candidate++) {
                double mass = 0;
                for (int key = 0; key <= from + r; key++) {
                    mass += kept.get(candidate).keeps(from + r, key) ? rows[r][key] : 0;
                }
                sums[candidate] += mass;
            }
        }
    }

    /** Causal probabilities of rows [from, to). */
    private static float[][] probabilities(Tensor queries, Tensor keys, int from, int to, Scope scope) {
        Tensor logits = queries.slice(0, from, to).in(scope).copy().matmulTransposed(keys.in(scope))
                .divide(Math.sqrt(keys.size(1)));
        for (int row = from; row < to; row++) {
            logits.row(row - from).slice(0, row + 1, keys.size(0)).fill(Double.NEGATIVE_INFINITY);
        }
        Tensor softmax = logits.softmax();
        float[][] rows = new float[to - from][keys.size(0)];
        for (int row = 0; row < rows.length; row++) {
            softmax.copyRow(row, rows[row]);
        }
        return rows;
    }

    private Kept kept(Candidate candidate, Tensor queries, Tensor keys) {
        return switch (candidate.pattern()) {
            case VERTICAL_AND_SLASH -> lines(candidate, queries, keys);
            case BLOCK_SPARSE -> blocks(candidate, queries, keys);
            case SINK_WINDOW, TRI_SHAPE ->
                (row, key) -> key < candidate.first() || row - key <= candidate.second();
        };
    }

    private static Kept lines(Candidate candidate, Tensor queries, Tensor keys) {
        int tokens = keys.size(0);
        float[] columns = new float[tokens];
        float[] offsets = new float[tokens];
        int from = Math.max(0, tokens - LAST_ROWS);
        try (Scope local = keys.scope().child()) {
            float[][] rows = probabilities(queries, keys, from, tokens, local);
            for (int r = 0; r < rows.length; r++) {
                for (int key = 0; key <= from + r; key++) {
                    columns[key] += rows[r][key];
                    offsets[from + r - key] += rows[r][key];
                }
            }
        }
        boolean[] column = chosen(columns, candidate.first());
        boolean[] offset = chosen(offsets, candidate.second());
        return (row, key) -> column[key] || offset[row - key];
    }

    private static boolean[] chosen(float[] sums, int count) {
        Arrays.fill(sums, 0, Math.min(FORCED, sums.length), Float.POSITIVE_INFINITY);
        return Selection.largest(sums, count);
    }

    private static Kept blocks(Candidate candidate, Tensor queries, Tensor keys) {
        try (Scope local = keys.scope().child()) {
            Tensor pooledKeys = pooled(keys, local);
            Tensor scores = pooled(queries, local).matmulTransposed(pooledKeys);
            int blocks = pooledKeys.size(0);
            boolean[][] kept = new boolean[blocks][];
            for (int row = 0; row < blocks; row++) {
                // The share is taken of all blocks, also of rows that see fewer.
                float[] visible = scores.row(row).slice(0, 0, row + 1).toFloats();
                kept[row] = Selection.largest(visible, blocks / candidate.first());
            }
            return (row, key) -> kept[row / BLOCK][key / BLOCK];
        }
    }

    /** Means of blocks; the last is filled up with zeros and divided by a whole block. */
    private static Tensor pooled(Tensor rows, Scope scope) {
        int blocks = (rows.size(0) + BLOCK - 1) / BLOCK;
        Tensor means = scope.zeros(blocks, rows.size(1));
        for (int b = 0; b < blocks; b++) {
            Tensor some = rows.slice(0, b * BLOCK, Math.min(rows.size(0), (b + 1) * BLOCK)).in(scope);
            means.row(b).assign(some.sum(0).divide(BLOCK));
        }
        return means;
    }
}
