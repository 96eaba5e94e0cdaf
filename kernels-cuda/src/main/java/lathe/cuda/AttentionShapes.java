package lathe.cuda;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** Checks of an attention call: a kernel that is given wrong shapes reads memory that is not its own. */
final class AttentionShapes {
    private AttentionShapes() {}

    static void check(AttentionCall call) {
        LayerInfo layer = call.layer();
        int queries = call.queryPositions().length;
        int fresh = call.newKeys().size(1);
        require("Queries", call.queries(), layer.heads(), queries, layer.headDim());
        require("New keys", call.newKeys(), layer.kvHeads(), fresh, layer.headDim());
        require("New values", call.newValues(), layer.kvHeads(), fresh, layer.valueDim());
        require("The output", call.output(), layer.heads(), queries, layer.valueDim());
        if (fresh != 0 && fresh != queries) {
            throw new IllegalArgumentException(
                    "Attention of " + queries + " queries got " + fresh + " new keys: as many or none are wanted.");
        }
        for (int i = 1; i < queries; i++) {
            if (call.queryPositions()[i] < call.queryPositions()[i - 1]) {
                throw new IllegalArgumentException("Query positions descend at query " + i + ".");
            }
        }
        if (call.plan() instanceof AttentionPlan.PerHead perHead) {
            if (perHead.plans().size() != layer.heads()) {
                throw new IllegalArgumentException("A plan for " + perHead.plans().size() + " heads does not fit "
                        + layer.heads() + " heads.");
            }
            perHead.plans().forEach(plan -> checkPlan(plan, queries));
        } else {
            checkPlan(call.plan(), queries);
        }
    }

    private static void require(String what, Tensor tensor, int... sizes) {
        boolean fits = tensor.rank() == 3 && tensor.type() == DataType.F32
                && (tensor.size(2) < 2 || tensor.stride(2) == 1);
        for (int i = 0; fits && i < sizes.length; i++) {
            fits = tensor.size(i) == sizes[i];
        }
        if (!fits) {
            throw new IllegalArgumentException(what + " of attention must be [" + sizes[0] + ", " + sizes[1] + ", "
                    + sizes[2] + "] with heads in one piece, not " + tensor.shape() + ".");
        }
    }

    private static void checkPlan(AttentionPlan plan, int queries) {
        int given = -1;
        int wanted = -1;
        if (plan instanceof AttentionPlan.Tiles tiles) {
            given = tiles.rangeStarts().length - 1;
            wanted = (queries + tiles.queryBlock() - 1) / tiles.queryBlock();
        } else if (plan instanceof AttentionPlan.Indices indices) {
            given = indices.starts().length - 1;
            wanted = queries;
        }
        if (given != wanted) {
            throw new IllegalArgumentException("A plan for " + given + " blocks of queries does not fit " + queries
                    + " queries, which are " + wanted + ".");
        }
    }
}
