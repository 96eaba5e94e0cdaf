package lathe.testkit.reference;

import java.util.Optional;

import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Attention of one layer by the definition: one softmax a row over the keys that the plan names, in float64. */
public final class ReferenceAttention {
    private final AttentionCall call;
    private final LayerInfo layer;
    private final Scope scope;
    private final int queries;
    private final int widest;
    private final Tensor lastRows;
    private final Tensor chosenRows;
    private final Tensor columnSums;
    private final Tensor logSumExp;

    private ReferenceAttention(AttentionCall call, Scope scope) {
        this.call = call;
        this.layer = call.layer();
        this.scope = scope;
        this.queries = call.queryPositions().length;
        int stored = 0;
        for (int head = 0; head < layer.kvHeads(); head++) {
            stored = Math.max(stored, call.stored().tokens(head));
        }
        this.widest = stored + queries;
        Observation wanted = call.observation();
        this.lastRows = rows(Math.min(queries, wanted.lastRows()));
        this.chosenRows = rows((int) wanted.chosenRows().stream().filter(row -> row < queries).count());
        this.columnSums = wanted.columnSums() ? scope.zeros(layer.heads(), widest) : null;
        this.logSumExp = wanted.logSumExp() ? scope.zeros(layer.heads(), queries) : null;
    }

    private Tensor rows(int count) {
        return count == 0 ? null : scope.zeros(layer.heads(), count, widest);
    }

    /**
     * Computes a call's output and what it asks to be observed.
     *
     * @param call  queries, keys, values, plan; its output is overwritten
     * @param scope where observations live
     * @return the observations
     */
    public static Observed attend(AttentionCall call, Scope scope) {
        ReferenceAttention attention = new ReferenceAttention(call, scope);
        for (int kvHead = 0; kvHead < call.layer().kvHeads(); kvHead++) {
            attention.attendKvHead(kvHead);
        }
        return new Observed(Optional.ofNullable(attention.lastRows), Optional.ofNullable(attention.chosenRows),
                Optional.ofNullable(attention.columnSums), Optional.ofNullable(attention.logSumExp));
    }

    private void attendKvHead(int kvHead) {
        int stored = call.stored().tokens(kvHead);
        int tokens = stored + queries;
        float[][] keys = new float[tokens][layer.headDim()];
        float[][] values = new float[tokens][layer.valueDim()];
        int[] positions = java.util.Arrays.copyOf(call.stored().positions(kvHead), tokens);
        System.arraycopy(call.queryPositions(), 0, positions, stored, queries);
        readStored(kvHead, keys, values);
        for (int i = 0; i < queries; i++) {
            call.newKeys().row(kvHead).copyRow(i, keys[stored + i]);
            call.newValues().row(kvHead).copyRow(i, values[stored + i]);
        }
        VisibleKeys visible = new VisibleKeys(
                call.plan(), call.queryPositions(), call.causal(), layer.slidingWindow().orElse(0));
        for (int member = 0; member < layer.groupSize(); member++) {
            int head = kvHead * layer.groupSize() + member;
            for (int query = 0; query < queries; query++) {
                attendRow(head, query, keys, values, visible.of(head, query, positions));
            }
        }
    }

    private void readStored(int kvHead, float[][] keys, float[][] values) {
        int at = 0;
        try (Scope local = scope.child()) {
            for (KvSegment segment : call.stored().segments()) {
                int count = segment.tokens(kvHead);
                if (count == 0) {
                    continue;
                }
                Tensor key = local.zeros(count, layer.headDim());
                Tensor value = local.zeros(count, layer.valueDim());
                segment.readKeys(kvHead, 0, key);
                segment.readValues(kvHead, 0, value);
                for (int i = 0; i < count; i++) {
                    key.copyRow(i, keys[at + i]);
                    value.copyRow(i, values[at + i]);
                }
                at += count;
            }
        }
    }

    private void attendRow(int head, int query, float[][] keys, float[][] values, boolean[] visible) {
        float[] q = new float[layer.headDim()];
        call.queries().row(head).copyRow(query, q);
        double[] weights = new double[keys.length];
        double largest = Double.NEGATIVE_INFINITY;
        for (int slot = 0; slot < keys.length; slot++) {
            if (visible[slot]) {
                weights[slot] = capped(dot(q, keys[slot]) * layer.scale());
                largest = Math.max(largest, weights[slot]);
            }
        }
        double sum = 0;
        for (int slot = 0; slot < keys.length; slot++) {
            weights[slot] = visible[slot] ? Math.exp(weights[slot] - largest) : 0;
            sum += weights[slot];
        }
        double[] output = new double[layer.valueDim()];
        for (int slot = 0; slot < keys.length; slot++) {
            weights[slot] = sum == 0 ? 0 : weights[slot] / sum;
            for (int d = 0; d < output.length; d++) {
                output[d] += weights[slot] * values[slot][d];
            }
        }
        for (int d = 0; d < output.length; d++) {
            call.output().set(output[d], head, query, d);
        }
        record(head, query, weights);
        if (logSumExp != null) {
            logSumExp.set(largest + Math.log(sum), head, query);
        }
    }

    private void record(int head, int query, double[] weights) {
        int last = lastRows == null ? -1 : query - (queries - lastRows.size(1));
        int chosen = call.observation().chosenRows().indexOf(query);
        boolean summed = columnSums != null && query >= queries - Math.min(queries, call.observation().summedRows());
        for (int slot = 0; slot < weights.length; slot++) {
            if (last >= 0) {
                lastRows.set(weights[slot], head, last, slot);
            }
            if (chosen >= 0) {
                chosenRows.set(weights[slot], head, chosen, slot);
            }
            if (summed) {
                columnSums.set(columnSums.get(head, slot) + weights[slot], head, slot);
            }
        }
    }

    private double capped(double logit) {
        return call.softcap() == 0 ? logit : call.softcap() * Math.tanh(logit / call.softcap());
    }

    private static double dot(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += (double) left[i] * right[i];
        }
        return sum;
    }
}
