package lathe.spi.backend;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.kv.Observation;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** Whether the parts of an attention call agree, which kernels then read without asking again. */
final class AttentionShapes {
    private AttentionShapes() {}

    static void check(AttentionCall call) {
        LayerInfo layer = call.layer();
        int queries = call.queryPositions().length;
        int fresh = call.newKeys().size(1);
        tensor("Queries", call.queries(), layer.heads(), queries, layer.headDim());
        tensor("New keys", call.newKeys(), layer.kvHeads(), fresh, layer.headDim());
        tensor("New values", call.newValues(), layer.kvHeads(), fresh, layer.valueDim());
        tensor("The output", call.output(), layer.heads(), queries, layer.valueDim());
        if (fresh != 0 && fresh != queries) {
            throw new IllegalArgumentException(
                    "Attention of " + queries + " queries got " + fresh + " new keys: as many or none are wanted.");
        }
        for (int i = 1; i < queries; i++) {
            if (call.queryPositions()[i] < call.queryPositions()[i - 1]) {
                throw new IllegalArgumentException("Query positions descend at query " + i + ".");
            }
        }
        plan(call.plan(), layer.heads(), queries);
    }

    static void check(AttentionCall call, AttentionState state) {
        LayerInfo layer = call.layer();
        tensor("The weighted values of a state", state.weighted(), layer.heads(), call.queryPositions().length,
                layer.valueDim());
        if (state.maximum().type() != DataType.F32 || state.sum().type() != DataType.F32) {
            throw new IllegalArgumentException(
                    "A state of attention is float32, not " + state.maximum().type() + " and "
                            + state.sum().type() + ".");
        }
        if (!call.observation().equals(Observation.NONE)) {
            throw new IllegalArgumentException("Attention that is read in parts observes nothing: its shares are known "
                    + "only when all keys were read.");
        }
        if (call.plan() instanceof AttentionPlan.Computed) {
            throw new IllegalArgumentException(
                    "An output that a pattern has computed itself has no state to go on from.");
        }
    }

    private static void tensor(String what, Tensor tensor, int... sizes) {
        boolean fits = tensor.rank() == 3 && tensor.type() == DataType.F32
                && (tensor.size(2) < 2 || tensor.stride(2) == 1);
        for (int i = 0; fits && i < 3; i++) {
            fits = tensor.size(i) == sizes[i];
        }
        if (!fits) {
            throw new IllegalArgumentException(what + " of attention must be float32 [" + sizes[0] + ", " + sizes[1]
                    + ", " + sizes[2] + "] with heads in one piece, not " + tensor.type() + " " + tensor.shape()
                    + ".");
        }
    }

    private static void plan(AttentionPlan plan, int heads, int queries) {
        switch (plan) {
            case AttentionPlan.PerHead perHead -> {
                if (perHead.plans().size() != heads) {
                    throw new IllegalArgumentException(
                            "A plan for " + perHead.plans().size() + " heads does not fit " + heads + " heads.");
                }
                perHead.plans().forEach(one -> plan(one, heads, queries));
            }
            case AttentionPlan.Tiles tiles -> {
                int blocks = (queries + tiles.queryBlock() - 1) / tiles.queryBlock();
                if (tiles.rangeStarts().length - 1 != blocks) {
                    throw new IllegalArgumentException("A plan for " + (tiles.rangeStarts().length - 1)
                            + " blocks of " + tiles.queryBlock() + " queries does not fit " + queries + " queries.");
                }
            }
            case AttentionPlan.Indices indices -> {
                if (indices.starts().length - 1 != queries) {
                    throw new IllegalArgumentException("A plan for " + (indices.starts().length - 1)
                            + " queries does not fit " + queries + " queries.");
                }
            }
            case AttentionPlan.Dense dense -> {
                // Fits anything.
            }
            case AttentionPlan.SinkWindow window -> {
                // Fits anything.
            }
            case AttentionPlan.Computed computed -> {
                // Assigning it checks its shape.
            }
        }
    }
}
