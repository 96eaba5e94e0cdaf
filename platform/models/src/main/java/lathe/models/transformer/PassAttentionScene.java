package lathe.models.transformer;

import java.util.Arrays;

import lathe.engine.attention.AttentionProbes;
import lathe.models.notes.PassedNotes;
import lathe.spi.Notes;
import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.LineMass;
import lathe.spi.attention.Phase;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvView;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What a pattern sees of one layer. Keys and values of the whole sequence are put together when they are asked for. */
final class PassAttentionScene implements AttentionScene, PassedNotes {
    private final LayerInfo layer;
    private final Phase phase;
    private final Tensor queries;
    private final int[] queryPositions;
    private final KvView stored;
    private final Tensor newKeys;
    private final Tensor newValues;
    private final Notes listener;
    private final Scope scope;
    private Tensor keys;
    private Tensor values;

    PassAttentionScene(LayerInfo layer, Phase phase, Tensor queries, int[] queryPositions, KvView stored,
            Tensor newKeys, Tensor newValues, Notes listener, Scope scope) {
        this.layer = layer;
        this.phase = phase;
        this.queries = queries;
        this.queryPositions = queryPositions;
        this.stored = stored;
        this.newKeys = newKeys;
        this.newValues = newValues;
        this.listener = listener;
        this.scope = scope;
    }

    @Override
    public Notes listener() {
        return listener;
    }

    @Override
    public LayerInfo layer() {
        return layer;
    }

    @Override
    public Phase phase() {
        return phase;
    }

    @Override
    public Tensor queries() {
        return queries.in(scope);
    }

    /** One thread puts them together, since patterns may look at heads in parallel. */
    @Override
    public synchronized Tensor keys() {
        if (keys == null) {
            keys = stored.segments().isEmpty() ? newKeys.in(scope) : together(newKeys, KvSegment::readKeys);
        }
        return keys;
    }

    @Override
    public Tensor newKeys() {
        return newKeys.in(scope);
    }

    @Override
    public synchronized Tensor values() {
        if (values == null) {
            values = stored.segments().isEmpty() ? newValues.in(scope) : together(newValues, KvSegment::readValues);
        }
        return values;
    }

    @Override
    public int keyCount(int kvHead) {
        return stored.tokens(kvHead) + queryPositions.length;
    }

    @Override
    public int[] keyPositions(int kvHead) {
        int[] old = stored.positions(kvHead);
        int[] all = Arrays.copyOf(old, old.length + queryPositions.length);
        System.arraycopy(queryPositions, 0, all, old.length, queryPositions.length);
        return all;
    }

    @Override
    public int[] queryPositions() {
        return queryPositions.clone();
    }

    @Override
    public boolean causal() {
        return true;
    }

    @Override
    public Tensor rowProbabilities(int head, int lastRow) {
        return AttentionProbes.of(scope).rowProbabilities(this, head, Math.min(lastRow, queryPositions.length));
    }

    @Override
    public LineMass lineMass(int head, int lastRow) {
        return AttentionProbes.of(scope).lineMass(this, head, Math.min(lastRow, queryPositions.length));
    }

    @Override
    public Tensor blockScores(int head, int queryBlock, int keyBlock) {
        return AttentionProbes.of(scope).blockScores(this, head, queryBlock, keyBlock);
    }

    @Override
    public Scope scope() {
        return scope;
    }

    /** Reads a part of a segment, keys or values. */
    @FunctionalInterface
    private interface Reader {
        void read(KvSegment segment, int kvHead, int from, Tensor target);
    }

    private Tensor together(Tensor added, Reader reader) {
        int widest = 0;
        for (int head = 0; head < layer.kvHeads(); head++) {
            widest = Math.max(widest, keyCount(head));
        }
        Tensor all = scope.zeros(layer.kvHeads(), widest, added.size(2));
        for (int head = 0; head < layer.kvHeads(); head++) {
            Tensor target = all.row(head);
            int at = 0;
            for (KvSegment segment : stored.segments()) {
                int count = segment.tokens(head);
                if (count > 0) {
                    reader.read(segment, head, 0, target.slice(0, at, at + count));
                    at += count;
                }
            }
            target.slice(0, at, at + added.size(1)).assign(added.row(head));
        }
        return all;
    }
}
