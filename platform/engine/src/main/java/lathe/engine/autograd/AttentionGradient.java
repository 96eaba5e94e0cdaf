package lathe.engine.autograd;

import java.util.Optional;

import lathe.spi.autograd.AttentionForm;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Attention forward and back by matrix products over tiles of queries (arXiv:2205.14135, section 3 and appendix B.4): the
 * probabilities of a tile are made again on the way back from the log-sum-exp of every row, so that no n x m matrix is
 * kept. A key head and the query heads that read it are one thread's, so that sums have one order.
 */
final class AttentionGradient {
    /** Queries of a tile. */
    private static final int TILE = 64;

    /** Gradients of all inputs; without sinks theirs has no elements. */
    record Gradients(Tensor q, Tensor k, Tensor v, Tensor sinks) {}

    private final AttentionForm form;
    private final Tensor q;
    private final Tensor k;
    private final Tensor v;
    private final Parallel parallel;
    private final Scope scope;
    private final float[] sinks;
    private final int group;
    private final Tensor output;
    private final double[] logSums;
    private Tensor answered;
    private Gradients answer;

    AttentionGradient(AttentionForm form, Tensor q, Tensor k, Tensor v, Optional<Tensor> sinks, Parallel parallel,
            Scope scope) {
        this.form = form;
        this.q = contiguous(q, scope);
        this.k = contiguous(k, scope);
        this.v = contiguous(v, scope);
        this.parallel = parallel;
        this.scope = scope;
        this.sinks = sinks.map(Tensor::toFloats).orElse(null);
        check();
        this.group = q.size(0) / k.size(0);
        this.output = scope.zeros(q.size(0), q.size(1), v.size(2));
        this.logSums = new double[q.size(0) * q.size(1)];
        overTiles(this::forward);
    }

    private static Tensor contiguous(Tensor tensor, Scope scope) {
        return (tensor.isContiguous() ? tensor : tensor.copy()).in(scope);
    }

    private void check() {
        boolean fits = q.rank() == 3 && k.rank() == 3 && v.rank() == 3 && q.size(2) == k.size(2)
                && k.size(0) == v.size(0) && k.size(1) == v.size(1) && q.size(0) % k.size(0) == 0
                && (!form.causal() || q.size(1) <= k.size(1)) && (sinks == null || sinks.length == q.size(0));
        if (!fits) {
            throw new IllegalArgumentException("attention: queries of " + q.shape() + ", keys of " + k.shape()
                    + " and values of " + v.shape() + (sinks == null ? "" : " with " + sinks.length + " sinks")
                    + " do not fit.");
        }
    }

    Tensor output() {
        return output;
    }

    /** Log-sum-exp of scaled, capped and masked scores, and of the sink: [heads * n]. */
    double[] logSums() {
        return logSums.clone();
    }

    /** Probabilities of a head, for tests: [n, m]. */
    Tensor probabilities(int head) {
        Tensor all = scope.zeros(q.size(1), k.size(1));
        for (int from = 0; from < q.size(1); from += TILE) {
            Tile tile = new Tile(head, from, Math.min(q.size(1), from + TILE));
            float[] scores = scores(tile, scope);
            for (int row = tile.from; row < tile.to; row++) {
                for (int key = tile.first(row); key < tile.end(row); key++) {
                    all.set(probability(scores, tile, row, key), row, key);
                }
            }
        }
        return all;
    }

    Gradients back(Tensor upstream) {
        if (answered != upstream) {
            Gradients made = new Gradients(zeros(q), zeros(k), zeros(v), scope.zeros(sinks == null ? 0 : sinks.length));
            Tensor dy = contiguous(upstream, scope);
            overTiles((tile, work) -> backward(tile, dy, made, work));
            answered = upstream;
            answer = made;
        }
        return answer;
    }

    private Tensor zeros(Tensor like) {
        return scope.zeros(like.shape().toArray());
    }

    @FunctionalInterface
    private interface TileBody {
        void run(Tile tile, Scope work);
    }

    private void overTiles(TileBody body) {
        parallel.forEach(k.size(0), 1, (firstHead, endHead) -> {
            for (int head = firstHead * group; head < endHead * group; head++) {
                for (int from = 0; from < q.size(1); from += TILE) {
                    try (Scope work = scope.child()) {
                        body.run(new Tile(head, from, Math.min(q.size(1), from + TILE)), work);
                    }
                }
            }
        });
    }

    /** Some queries of a head. */
    private final class Tile {
        private final int head;
        private final int from;
        private final int to;

        Tile(int head, int from, int to) {
            this.head = head;
            this.from = from;
            this.to = to;
        }

        /** First key that a query reads. */
        int first(int row) {
            return form.window().map(window -> Math.max(0, end(row) - window)).orElse(0);
        }

        /** Key after the last that a query reads. */
        int end(int row) {
            return form.causal() ? k.size(1) - q.size(1) + row + 1 : k.size(1);
        }

        int firstKey() {
            return first(from);
        }

        int keys() {
            return end(to - 1) - firstKey();
        }

        Tensor queries(Tensor of) {
            return of.row(head).slice(0, from, to);
        }

        Tensor keys(Tensor of) {
            return of.row(head / group).slice(0, firstKey(), firstKey() + keys());
        }

        int at(int row, int key) {
            return (row - from) * keys() + key - firstKey();
        }
    }

    /** Scaled and capped, not masked: [queries, keys of the tile]. */
    private float[] scores(Tile tile, Scope work) {
        float[] scores = tile.queries(q).in(work).matmulTransposed(tile.keys(k)).toFloats();
        for (int i = 0; i < scores.length; i++) {
            double score = scores[i] * form.scale();
            scores[i] = (float) (form.softcap() == 0 ? score : form.softcap() * Math.tanh(score / form.softcap()));
        }
        return scores;
    }

    private double probability(float[] scores, Tile tile, int row, int key) {
        return Math.exp(scores[tile.at(row, key)] - logSums[tile.head * q.size(1) + row]);
    }

    private double logSum(float[] scores, Tile tile, int row) {
        double most = sinks == null ? Double.NEGATIVE_INFINITY : sinks[tile.head];
        for (int key = tile.first(row); key < tile.end(row); key++) {
            most = Math.max(most, scores[tile.at(row, key)]);
        }
        double sum = sinks == null ? 0 : Math.exp(sinks[tile.head] - most);
        for (int key = tile.first(row); key < tile.end(row); key++) {
            sum += Math.exp(scores[tile.at(row, key)] - most);
        }
        return most + Math.log(sum);
    }

    private void forward(Tile tile, Scope work) {
        float[] scores = scores(tile, work);
        for (int row = tile.from; row < tile.to; row++) {
            logSums[tile.head * q.size(1) + row] = logSum(scores, tile, row);
        }
        tile.queries(output).assign(matrix(probabilities(scores, tile), tile, work).matmul(tile.keys(v)));
    }

    private float[] probabilities(float[] scores, Tile tile) {
        float[] probabilities = new float[scores.length];
        for (int row = tile.from; row < tile.to; row++) {
            for (int key = tile.first(row); key < tile.end(row); key++) {
                probabilities[tile.at(row, key)] = (float) probability(scores, tile, row, key);
            }
        }
        return probabilities;
    }

    private static Tensor matrix(float[] values, Tile tile, Scope work) {
        return work.of(values, tile.to - tile.from, tile.keys());
    }

    /** dV = P^T dY; dS = P (dY V^T - dY . Y), through cap and scale; dQ = dS K, dK = dS^T Q. */
    private void backward(Tile tile, Tensor dy, Gradients made, Scope work) {
        float[] scores = scores(tile, work);
        float[] probabilities = probabilities(scores, tile);
        Tensor upstream = tile.queries(dy).in(work);
        add(tile.keys(made.v()), matrix(probabilities, tile, work).transpose().matmul(upstream));
        float[] slopes = upstream.matmulTransposed(tile.keys(v)).toFloats();
        float[] along = upstream.multiply(tile.queries(output)).sum(1).toFloats();
        float[] gradients = new float[scores.length];
        for (int row = tile.from; row < tile.to; row++) {
            float own = along[row - tile.from];
            for (int key = tile.first(row); key < tile.end(row); key++) {
                int at = tile.at(row, key);
                gradients[at] = (float) (probabilities[at] * ((double) slopes[at] - own) * slope(scores[at]));
            }
        }
        Tensor ds = matrix(gradients, tile, work);
        tile.queries(made.q()).assign(ds.matmul(tile.keys(k)));
        add(tile.keys(made.k()), ds.transpose().matmul(tile.queries(q)));
        if (sinks != null) {
            addSink(tile, along, made.sinks());
        }
    }

    /** How a capped score changes with the product of query and key. */
    private double slope(double capped) {
        double part = form.softcap() == 0 ? 0 : capped / form.softcap();
        return form.scale() * (1 - part * part);
    }

    private void addSink(Tile tile, float[] along, Tensor target) {
        double sum = target.get(tile.head);
        for (int row = tile.from; row < tile.to; row++) {
            sum -= Math.exp(sinks[tile.head] - logSums[tile.head * q.size(1) + row]) * along[row - tile.from];
        }
        target.set(sum, tile.head);
    }

    private static void add(Tensor target, Tensor more) {
        target.assign(more.add(target));
    }
}
