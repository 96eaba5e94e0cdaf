package lathe.models.cache;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

import lathe.models.notes.PassedNotes;
import lathe.spi.Notes;
import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvView;
import lathe.spi.model.LayerInfo;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What an evictor sees. Keys and values are put together when they are asked for. */
final class StoredTokens implements EvictionScene, PassedNotes {
    private final LayerInfo layer;
    private final Phase phase;
    private final int[][] positions;
    private final KvView stored;
    private final Tensor queries;
    private final Tensor plainQueries;
    private final Optional<Tensor> lastRows;
    private final Optional<Tensor> accumulated;
    private final int promptTokens;
    private final Budget budget;
    private final RandomStream random;
    private final Scope scope;
    private final Optional<KeyRotation> rotation;
    private final Notes listener;
    private Tensor keys;
    private Tensor values;

    StoredTokens(LayerInfo layer, Phase phase, int[][] positions, KvView stored, Tensor queries, Tensor plainQueries,
            Optional<Tensor> lastRows, Optional<Tensor> accumulated, int promptTokens, Budget budget,
            RandomStream random, Scope scope, Optional<KeyRotation> rotation, Notes listener) {
        this.layer = layer;
        this.phase = phase;
        this.positions = positions;
        this.stored = stored;
        this.queries = queries;
        this.plainQueries = plainQueries;
        this.lastRows = lastRows.map(rows -> rows.in(scope));
        this.accumulated = accumulated;
        this.promptTokens = promptTokens;
        this.budget = budget;
        this.random = random;
        this.scope = scope;
        this.rotation = rotation;
        this.listener = listener;
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
    public int tokens(int kvHead) {
        return positions[kvHead].length;
    }

    @Override
    public int[] positions(int kvHead) {
        return positions[kvHead].clone();
    }

    @Override
    public Tensor keys() {
        if (keys == null) {
            keys = together(layer.headDim(), KvSegment::readKeys);
            rotation.ifPresent(this::rotateToSlots);
        }
        return keys;
    }

    @Override
    public Tensor values() {
        if (values == null) {
            values = together(layer.valueDim(), KvSegment::readValues);
        }
        return values;
    }

    @Override
    public Tensor queries() {
        return queries;
    }

    @Override
    public Tensor plainQueries() {
        return plainQueries;
    }

    @Override
    public Optional<Tensor> lastRows() {
        return lastRows;
    }

    @Override
    public Optional<Tensor> accumulated() {
        return accumulated;
    }

    @Override
    public int promptTokens() {
        return promptTokens;
    }

    @Override
    public Budget budget() {
        return budget;
    }

    @Override
    public RandomStream random() {
        return random;
    }

    @Override
    public Scope scope() {
        return scope;
    }

    private void rotateToSlots(KeyRotation rotate) {
        int widest = keys.size(1);
        for (int head = 0; head < positions.length; head++) {
            int tokens = positions[head].length;
            if (tokens > 0) {
                int[] slots = IntStream.range(widest - tokens, widest).toArray();
                rotate.rotate(layer, keys.slice(0, head, head + 1).slice(1, 0, tokens), slots);
            }
        }
    }

    /** Reads a part of a segment, keys or values. */
    @FunctionalInterface
    private interface Reader {
        void read(KvSegment segment, int kvHead, int from, Tensor target);
    }

    private Tensor together(int width, Reader reader) {
        int widest = Arrays.stream(positions).mapToInt(head -> head.length).max().orElse(0);
        Tensor all = scope.zeros(positions.length, widest, width);
        for (int head = 0; head < positions.length; head++) {
            int at = 0;
            for (KvSegment segment : stored.segments()) {
                int count = segment.tokens(head);
                if (count > 0) {
                    reader.read(segment, head, 0, all.row(head).slice(0, at, at + count));
                    at += count;
                }
            }
        }
        return all;
    }
}
