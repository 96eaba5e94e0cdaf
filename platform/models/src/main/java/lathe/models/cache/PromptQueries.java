package lathe.models.cache;

import java.util.Optional;

import lathe.spi.kv.KvBlock;
import lathe.spi.kv.Observed;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Queries and last attention rows of a prompt that comes in chunks, put together so that an evictor sees them as if the
 * prompt had come in one piece.
 */
final class PromptQueries implements AutoCloseable {
    private final LayerInfo layer;
    private final Scope parent;
    private final int window;
    private Scope owner;
    private Tensor queries;
    private Tensor plainQueries;
    private Tensor lastRows;

    PromptQueries(LayerInfo layer, Scope parent, int window) {
        this.layer = layer;
        this.parent = parent;
        this.window = window;
    }

    void add(KvBlock block, Observed observed) {
        Scope fresh = parent.child();
        queries = joined(fresh, queries, block.queries());
        plainQueries = joined(fresh, plainQueries, block.plainQueries());
        lastRows = rows(fresh, observed.lastRows());
        close(owner);
        owner = fresh;
    }

    Tensor queries() {
        return queries;
    }

    Tensor plainQueries() {
        return plainQueries;
    }

    Optional<Tensor> lastRows() {
        return Optional.ofNullable(lastRows);
    }

    @Override
    public void close() {
        close(owner);
        owner = null;
    }

    private static void close(Scope scope) {
        if (scope != null) {
            scope.close();
        }
    }

    private static Tensor joined(Scope scope, Tensor before, Tensor added) {
        if (added == null) {
            return null;
        }
        int old = before == null ? 0 : before.size(1);
        Tensor all = scope.zeros(added.size(0), old + added.size(1), added.size(2));
        if (old > 0) {
            all.slice(1, 0, old).assign(before);
        }
        all.slice(1, old, old + added.size(1)).assign(added);
        return all;
    }

    /** The last rows so far; earlier ones get zeros for the new keys, which they could not see. */
    private Tensor rows(Scope scope, Optional<Tensor> added) {
        if (added.isEmpty()) {
            return null;
        }
        Tensor fresh = added.get();
        int columns = fresh.size(2);
        int missing = Math.max(0, window - fresh.size(1));
        int old = lastRows == null ? 0 : Math.min(missing, lastRows.size(1));
        Tensor all = scope.zeros(layer.heads(), old + fresh.size(1), columns);
        if (old > 0) {
            Tensor kept = lastRows.slice(1, lastRows.size(1) - old, lastRows.size(1));
            all.slice(1, 0, old).slice(2, 0, kept.size(2)).assign(kept);
        }
        all.slice(1, old, old + fresh.size(1)).assign(fresh);
        return all;
    }
}
