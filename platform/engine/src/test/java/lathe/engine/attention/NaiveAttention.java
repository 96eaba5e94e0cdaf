package lathe.engine.attention;

import java.util.Arrays;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Attention by its definition: all scores of a query, masked, softmax, sum, in float64. */
final class NaiveAttention {
    private final AttentionCall call;
    final double[][][] output;
    final double[][][] probabilities;
    final double[][] logSumExp;
    long pairs;

    NaiveAttention(AttentionCall call, Scope scope) {
        this.call = call;
        int heads = call.layer().heads();
        int n = call.queryPositions().length;
        output = new double[heads][n][call.layer().valueDim()];
        probabilities = new double[heads][n][];
        logSumExp = new double[heads][n];
        for (int head = 0; head < heads; head++) {
            int kvHead = head / call.layer().groupSize();
            int[] stored = call.stored().positions(kvHead);
            int[] positions = Arrays.copyOf(stored, stored.length + n);
            System.arraycopy(call.queryPositions(), 0, positions, stored.length, n);
            double[][] keys = rows(kvHead, positions.length, call.layer().headDim(), true, scope);
            double[][] values = rows(kvHead, positions.length, call.layer().valueDim(), false, scope);
            for (int query = 0; query < n; query++) {
                attend(head, query, positions, keys, values);
            }
        }
    }

    private double[][] rows(int kvHead, int count, int width, boolean keys, Scope scope) {
        double[][] rows = new double[count][width];
        int at = 0;
        for (var segment : call.stored().segments()) {
            for (int i = 0; i < segment.tokens(kvHead); i++) {
                Tensor row = scope.zeros(1, width);
                if (keys) {
                    segment.readKeys(kvHead, i, row);
                } else {
                    segment.readValues(kvHead, i, row);
                }
                int target = at++;
                Arrays.setAll(rows[target], j -> row.get(0, j));
            }
        }
        Tensor fresh = keys ? call.newKeys() : call.newValues();
        for (int i = 0; i < fresh.size(1); i++) {
            int token = i;
            Arrays.setAll(rows[at++], j -> fresh.get(kvHead, token, j));
        }
        return rows;
    }

    private void attend(int head, int query, int[] positions, double[][] keys, double[][] values) {
        int m = positions.length;
        double[] scores = new double[m];
        double largest = Double.NEGATIVE_INFINITY;
        for (int slot = 0; slot < m; slot++) {
            scores[slot] = Double.NEGATIVE_INFINITY;
            if (reads(head, query, slot, positions)) {
                double sum = 0;
                for (int j = 0; j < keys[slot].length; j++) {
                    sum += call.queries().get(head, query, j) * keys[slot][j];
                }
                sum *= call.layer().scale();
                scores[slot] = call.softcap() > 0 ? call.softcap() * Math.tanh(sum / call.softcap()) : sum;
                largest = Math.max(largest, scores[slot]);
                pairs++;
            }
        }
        double total = 0;
        for (int slot = 0; slot < m; slot++) {
            scores[slot] = largest == Double.NEGATIVE_INFINITY ? 0 : Math.exp(scores[slot] - largest);
            total += scores[slot];
        }
        for (int slot = 0; slot < m && total > 0; slot++) {
            scores[slot] /= total;
            for (int j = 0; j < values[slot].length; j++) {
                output[head][query][j] += scores[slot] * values[slot][j];
            }
        }
        probabilities[head][query] = scores;
        logSumExp[head][query] = largest + Math.log(total);
    }

    private boolean reads(int head, int query, int slot, int[] positions) {
        int distance = call.queryPositions()[query] - positions[slot];
        if (call.causal() && distance < 0) {
            return false;
        }
        if (call.layer().slidingWindow().isPresent() && distance >= call.layer().slidingWindow().get()) {
            return false;
        }
        AttentionPlan plan = call.plan() instanceof AttentionPlan.PerHead each ? each.plans().get(head) : call.plan();
        return switch (plan) {
            case AttentionPlan.SinkWindow window -> positions[slot] < window.sinks() || distance < window.window();
            case AttentionPlan.Tiles tiles -> tile(tiles, query, slot);
            case AttentionPlan.Indices indices -> Arrays.stream(
                    indices.slots(),
                    indices.starts()[query],
                    indices.starts()[query + 1]).anyMatch(s -> s == slot);
            default -> true;
        };
    }

    private static boolean tile(AttentionPlan.Tiles tiles, int query, int slot) {
        int block = query / tiles.queryBlock();
        return Arrays.stream(tiles.ranges(), tiles.rangeStarts()[block], tiles.rangeStarts()[block + 1])
                .anyMatch(start -> slot >= start && slot < start + tiles.width())
                || Arrays.stream(tiles.keys(), tiles.keyStarts()[block], tiles.keyStarts()[block + 1])
                        .anyMatch(key -> key == slot);
    }
}
