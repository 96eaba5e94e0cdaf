package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

import lathe.models.architecture.Attention;
import lathe.models.architecture.Norm;
import lathe.models.architecture.TensorRole;
import lathe.spi.backend.Compute;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.tensor.Tensor;

/** Makes queries, keys and values of hidden states: all but the rotation of positions. */
final class Projection {
    private static final List<Role> INPUTS = List.of(Role.QUERY, Role.KEY, Role.VALUE);

    private final Linears linears;
    private final int block;
    private final Attention attention;
    private final Norm norm;

    /**
     * What attention works on, positions not yet rotated in.
     *
     * @param queries [rows, heads * headDim]
     * @param keys    [rows, kvHeads * headDim]
     * @param values  [rows, kvHeads * valueDim]
     */
    record Projected(Tensor queries, Tensor keys, Tensor values) {}

    Projection(Linears linears, int block, Attention attention, Norm norm) {
        this.linears = requireNonNull(linears, "linears is null");
        this.block = block;
        this.attention = requireNonNull(attention, "attention is null");
        this.norm = requireNonNull(norm, "norm is null");
    }

    Projected project(LayerInfo layer, Tensor input, ForwardListener listener, Workspace work) {
        return attention.latent().isPresent()
                ? latent(layer, attention.latent().get(), input, listener, work)
                : plain(layer, input, listener, work);
    }

    private Projected plain(LayerInfo layer, Tensor input, ForwardListener listener, Workspace work) {
        int rows = input.size(0);
        Tensor queries = work.matrix("queries", rows, layer.heads() * layer.headDim());
        Tensor keys = work.matrix("keys", rows, layer.kvHeads() * layer.headDim());
        Tensor values = work.matrix("values", rows, layer.kvHeads() * layer.valueDim());
        if (listener.wantsInputs()) {
            linears.show(listener, work, input, Optional.empty(),
                    List.of(site(Role.QUERY), site(Role.KEY), site(Role.VALUE)));
        }
        linears.applyAll(block, INPUTS, Site.NO_EXPERT, input, List.of(queries, keys, values));
        normalise(layer, queries, keys);
        clip(queries, keys, values);
        return new Projected(queries, keys, values);
    }

    private void normalise(LayerInfo layer, Tensor queries, Tensor keys) {
        switch (attention.qkNorm()) {
            case NONE -> {
                // Nothing to do.
            }
            case WHOLE -> {
                linears.normalise(block, TensorRole.Q_NORM, norm, queries, queries);
                linears.normalise(block, TensorRole.K_NORM, norm, keys, keys);
            }
            case PER_HEAD -> {
                Tensor queryHeads = queries.reshape(queries.size(0) * layer.heads(), layer.headDim());
                Tensor keyHeads = keys.reshape(keys.size(0) * layer.kvHeads(), layer.headDim());
                linears.normalise(block, TensorRole.Q_NORM, norm, queryHeads, queryHeads);
                linears.normalise(block, TensorRole.K_NORM, norm, keyHeads, keyHeads);
            }
        }
    }

    private void clip(Tensor... projections) {
        if (attention.clip().isPresent()) {
            double limit = attention.clip().getAsDouble();
            for (Tensor projection : projections) {
                HostEdits.replace(linears.compute(), projection, values -> values.clamp(-limit, limit));
            }
        }
    }

    /**
     * Multi-head latent attention (arXiv:2405.04434) with keys and values expanded. The rotated part of a head, which the
     * weights have last, is put first, as it is in every other model; products of queries and keys stay the same.
     */
    private Projected latent(LayerInfo layer, Attention.Latent sizes, Tensor input, ForwardListener listener,
            Workspace work) {
        int rows = input.size(0);
        Norm compressedNorm = new Norm(Norm.Kind.RMS, sizes.epsilon(), 0);
        boolean compressed = sizes.queryRank().isPresent();
        linears.show(listener, work, input, Optional.empty(),
                List.of(site(compressed ? Role.QUERY_DOWN : Role.QUERY), site(Role.KV_DOWN)));
        Tensor queries = work.matrix("latent.queries", rows, layer.heads() * layer.headDim());
        if (compressed) {
            Tensor down = work.matrix("latent.query-down", rows, linears.outFeatures(block, Role.QUERY_DOWN,
                    Site.NO_EXPERT));
            apply(Role.QUERY_DOWN, input, down);
            linears.normalise(block, TensorRole.Q_DOWN_NORM, compressedNorm, down, down);
            linears.show(listener, work, down, Optional.empty(), List.of(site(Role.QUERY_UP)));
            apply(Role.QUERY_UP, down, queries);
        } else {
            apply(Role.QUERY, input, queries);
        }
        Tensor shared = work.matrix("latent.kv-down", rows, sizes.kvRank() + sizes.rotaryWidth());
        apply(Role.KV_DOWN, input, shared);
        Compute compute = linears.compute();
        Tensor compact = work.matrix("latent.compact", rows, sizes.kvRank());
        HostEdits.copy(compute, shared.slice(1, 0, sizes.kvRank()), compact);
        linears.normalise(block, TensorRole.KV_DOWN_NORM, compressedNorm, compact, compact);
        linears.show(listener, work, compact, Optional.empty(), List.of(site(Role.KV_UP)));
        Tensor expanded = work.matrix("latent.expanded", rows,
                layer.kvHeads() * (sizes.plainWidth() + layer.valueDim()));
        apply(Role.KV_UP, compact, expanded);
        return heads(layer, sizes, queries, shared, expanded, work);
    }

    private Projected heads(LayerInfo layer, Attention.Latent sizes, Tensor latentQueries, Tensor shared,
            Tensor expanded, Workspace work) {
        Compute compute = linears.compute();
        int rows = latentQueries.size(0);
        int plain = sizes.plainWidth();
        int rotary = sizes.rotaryWidth();
        Tensor queries = work.matrix("queries", rows, layer.heads() * layer.headDim());
        Tensor keys = work.matrix("keys", rows, layer.kvHeads() * layer.headDim());
        Tensor values = work.matrix("values", rows, layer.kvHeads() * layer.valueDim());
        Tensor from = latentQueries.reshape(rows, layer.heads(), layer.headDim());
        Tensor to = queries.reshape(rows, layer.heads(), layer.headDim());
        HostEdits.copy(compute, from.slice(2, plain, plain + rotary), to.slice(2, 0, rotary));
        HostEdits.copy(compute, from.slice(2, 0, plain), to.slice(2, rotary, rotary + plain));
        Tensor up = expanded.reshape(rows, layer.kvHeads(), plain + layer.valueDim());
        Tensor key = keys.reshape(rows, layer.kvHeads(), layer.headDim());
        Tensor rotated = shared.slice(1, sizes.kvRank(), sizes.kvRank() + rotary);
        for (int head = 0; head < layer.kvHeads(); head++) {
            HostEdits.copy(compute, rotated,
                    keys.slice(1, head * layer.headDim(), head * layer.headDim() + rotary));
        }
        HostEdits.copy(compute, up.slice(2, 0, plain), key.slice(2, rotary, rotary + plain));
        HostEdits.copy(compute, up.slice(2, plain, plain + layer.valueDim()),
                values.reshape(rows, layer.kvHeads(), layer.valueDim()));
        return new Projected(queries, keys, values);
    }

    private void apply(Role role, Tensor input, Tensor output) {
        linears.apply(block, role, Site.NO_EXPERT, input, output);
    }

    private Site site(Role role) {
        return linears.site(block, role, Site.NO_EXPERT);
    }
}
