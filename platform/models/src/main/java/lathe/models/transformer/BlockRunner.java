package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.Block;
import lathe.models.architecture.Block.Placement;
import lathe.models.architecture.TensorRole;
import lathe.spi.backend.Compute;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Tensor;

/** One block: norms, attention, feed-forward part, residual additions. */
final class BlockRunner {
    private final Linears linears;
    private final Block block;
    private final AttentionLayer attention;
    private final FeedForwardLayer feedForward;

    BlockRunner(Linears linears, ArchitectureConfig config, Block block, ModelInfo model) {
        this.linears = requireNonNull(linears, "linears is null");
        this.block = requireNonNull(block, "block is null");
        this.attention = new AttentionLayer(linears, config, block, model);
        this.feedForward = new FeedForwardLayer(linears, block);
    }

    /** hidden [rows, hidden] becomes what leaves the block. */
    void run(Pass pass, Tensor hidden, Workspace work) {
        Compute compute = linears.compute();
        Tensor branch = work.matrix("branch", hidden.size(0), hidden.size(1));
        if (block.parallel()) {
            Tensor second = work.matrix("branch.parallel", hidden.size(0), hidden.size(1));
            attention(pass, hidden, branch, work);
            feedForward(pass, hidden, second, work);
            compute.accumulate(hidden, branch, block.residualScale());
            compute.accumulate(hidden, second, block.residualScale());
            return;
        }
        attention(pass, hidden, branch, work);
        compute.accumulate(hidden, branch, block.residualScale());
        feedForward(pass, hidden, branch, work);
        compute.accumulate(hidden, branch, block.residualScale());
    }

    /** What attention adds to the residual stream, before the branch's multiplier. */
    void attention(Pass pass, Tensor hidden, Tensor branch, Workspace work) {
        Tensor input = before(TensorRole.ATTENTION_NORM, hidden, work);
        attention.run(pass, input, branch, work);
        after(TensorRole.ATTENTION_POST_NORM, branch);
    }

    /** What the feed-forward part adds to the residual stream, before the branch's multiplier. */
    void feedForward(Pass pass, Tensor hidden, Tensor branch, Workspace work) {
        Tensor input = before(TensorRole.FFN_NORM, hidden, work);
        feedForward.run(pass, input, branch, work);
        after(TensorRole.FFN_POST_NORM, branch);
    }

    private Tensor before(TensorRole norm, Tensor hidden, Workspace work) {
        if (block.placement() == Placement.POST) {
            return hidden;
        }
        Tensor normed = work.matrix("normed", hidden.size(0), hidden.size(1));
        linears.normalise(block.index(), norm, block.norm(), hidden, normed);
        return normed;
    }

    private void after(TensorRole norm, Tensor branch) {
        if (block.placement() != Placement.PRE) {
            linears.normalise(block.index(), norm, block.norm(), branch, branch);
        }
    }
}
