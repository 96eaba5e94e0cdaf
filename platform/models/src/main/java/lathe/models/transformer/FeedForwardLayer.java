package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

import lathe.models.architecture.Activation;
import lathe.models.architecture.Block;
import lathe.models.architecture.FeedForward;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.tensor.Tensor;

/** The feed-forward part of one block: one network, or experts. */
final class FeedForwardLayer {
    private static final List<Role> GATED = List.of(Role.UP, Role.GATE);

    private final Linears linears;
    private final int block;
    private final FeedForward form;
    private final Optional<ExpertMixture> experts;

    FeedForwardLayer(Linears linears, Block block) {
        this.linears = requireNonNull(linears, "linears is null");
        this.block = block.index();
        this.form = block.feedForward();
        this.experts = form instanceof FeedForward.Experts mixture
                ? Optional.of(new ExpertMixture(linears, block.index(), mixture, this))
                : Optional.empty();
    }

    /** output [rows, hidden] of input [rows, hidden], norms and residual left out. */
    void run(Pass pass, Tensor input, Tensor output, Workspace work) {
        if (experts.isPresent()) {
            experts.get().run(pass, input, output, work);
            return;
        }
        FeedForward.Dense dense = (FeedForward.Dense) form;
        if (pass.listener().wantsInputs()) {
            linears.show(pass.listener(), work, input, Optional.empty(), dense.gated()
                    ? List.of(site(Role.GATE, Site.NO_EXPERT), site(Role.UP, Site.NO_EXPERT))
                    : List.of(site(Role.UP, Site.NO_EXPERT)));
        }
        network(pass.listener(), Site.NO_EXPERT, dense.activation(), dense.gated(), input, Optional.empty(), output,
                work);
    }

    /** One gated or plain network; the listener sees the input of its down projection. */
    void network(ForwardListener listener, int expert, Activation activation, boolean gated, Tensor input,
            Optional<int[]> rows, Tensor output, Workspace work) {
        Compute compute = linears.compute();
        Tensor up = work.matrix("ffn.up", input.size(0), linears.outFeatures(block, Role.UP, expert));
        if (gated) {
            Tensor gate = work.matrix("ffn.gate", input.size(0), up.size(1));
            linears.applyAll(block, GATED, expert, input, List.of(up, gate));
            compute.gate(gate, up, kernel(activation), up);
        } else {
            linears.apply(block, Role.UP, expert, input, up);
            compute.activate(up, kernel(activation));
        }
        if (listener.wantsInputs()) {
            linears.show(listener, work, up, rows, List.of(site(Role.DOWN, expert)));
        }
        linears.apply(block, Role.DOWN, expert, up, output);
    }

    Site site(Role role, int expert) {
        return linears.site(block, role, expert);
    }

    private static lathe.spi.backend.Activation kernel(Activation activation) {
        // Both name the same functions; the description of models does not depend on processors.
        return lathe.spi.backend.Activation.valueOf(activation.name());
    }
}
