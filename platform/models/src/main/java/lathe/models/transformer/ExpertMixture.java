package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import lathe.models.architecture.FeedForward;
import lathe.models.architecture.TensorRole;
import lathe.spi.backend.Activation;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Experts of one block: a router chooses, each expert gets its tokens as one batch, the outputs are added up with their
 * weights, and the shared expert sees all tokens.
 */
final class ExpertMixture {
    private final Linears linears;
    private final int block;
    private final FeedForward.Experts form;
    private final FeedForwardLayer networks;
    private final ModelRouter gate;

    ExpertMixture(Linears linears, int block, FeedForward.Experts form, FeedForwardLayer networks) {
        this.linears = requireNonNull(linears, "linears is null");
        this.block = block;
        this.form = requireNonNull(form, "form is null");
        this.networks = requireNonNull(networks, "networks is null");
        this.gate = new ModelRouter(form.routing());
    }

    void run(Pass pass, Tensor input, Tensor output, Workspace work) {
        Compute compute = linears.compute();
        show(pass.listener(), input, work);
        try (Scope local = work.scope().child()) {
            Tensor hidden = compute.read(input, local);
            Routing routing = route(pass, input, hidden, work, local);
            Tensor sum = local.zeros(input.size(0), input.size(1));
            Assignment assignment = Assignment.of(routing, linears.weights().experts(block));
            for (int expert = 0; expert < assignment.experts(); expert++) {
                int[] rows = assignment.rows(expert);
                if (rows.length > 0) {
                    runExpert(pass.listener(), expert, rows, assignment.weights(expert), hidden, sum, work);
                }
            }
            compute.write(sum, output);
            if (form.sharedWidth() > 0) {
                addShared(pass.listener(), input, output, work);
            }
        }
    }

    private void show(ForwardListener listener, Tensor input, Workspace work) {
        if (!listener.wantsInputs()) {
            return;
        }
        List<Site> sites = new ArrayList<>();
        sites.add(networks.site(Role.ROUTER, Site.NO_EXPERT));
        if (form.sharedWidth() > 0) {
            sites.addAll(inputs(Site.SHARED_EXPERT));
        }
        linears.show(listener, work, input, Optional.empty(), sites);
    }

    /** Experts of trained mixtures have gates; those carved from a network without one have none. */
    private boolean gated(int expert) {
        return linears.has(block, Role.GATE, expert);
    }

    private List<Site> inputs(int expert) {
        Site up = networks.site(Role.UP, expert);
        return gated(expert) ? List.of(networks.site(Role.GATE, expert), up) : List.of(up);
    }

    private Routing route(Pass pass, Tensor input, Tensor hidden, Workspace work, Scope local) {
        Compute compute = linears.compute();
        int experts = linears.outFeatures(block, Role.ROUTER, Site.NO_EXPERT);
        Tensor logits = work.matrix("router", input.size(0), experts);
        linears.apply(block, Role.ROUTER, Site.NO_EXPERT, input, logits);
        Tensor scores = compute.read(logits, local);
        Router router = pass.router().orElse(gate);
        Routing routing = router.route(new PassRoutingScene(block, scores, hidden,
                Math.min(form.routing().chosen(), experts), linears.weights(), compute, gate, pass, local));
        pass.listener().routed(block, scores, routing);
        return routing;
    }

    private void runExpert(ForwardListener listener, int expert, int[] rows, float[] weights, Tensor hidden,
            Tensor sum, Workspace work) {
        Compute compute = linears.compute();
        Tensor input = work.matrix("expert.input", rows.length, hidden.size(1));
        Tensor output = work.matrix("expert.output", rows.length, sum.size(1));
        try (Scope local = work.scope().child()) {
            Tensor gathered = compute.read(input, local);
            Rows.gather(hidden, rows, gathered);
            HostEdits.write(compute, gathered, input);
            if (listener.wantsInputs()) {
                linears.show(listener, work, input, Optional.of(rows),
                        inputs(expert));
            }
            networks.network(listener, expert, form.activation(), gated(expert), input, Optional.of(rows), output,
                    work);
            Rows.scatterAdd(compute.read(output, local), rows, weights, sum);
        }
    }

    private void addShared(ForwardListener listener, Tensor input, Tensor output, Workspace work) {
        Compute compute = linears.compute();
        Tensor shared = work.matrix("expert.shared", input.size(0), output.size(1));
        networks.network(listener, Site.SHARED_EXPERT, form.activation(), gated(Site.SHARED_EXPERT), input,
                Optional.empty(), shared, work);
        if (form.sharedScale()) {
            Tensor scale = work.matrix("expert.scale", input.size(0), 1);
            linears.applyMatrix(linears.stored(block, TensorRole.SHARED_SCALE), input, scale);
            compute.activate(scale, Activation.SIGMOID);
            try (Scope local = work.scope().child()) {
                Tensor factors = compute.read(scale, local).reshape(input.size(0)).in(local);
                compute.write(compute.read(shared, local).in(local).scaleRows(factors), shared);
            }
        }
        compute.accumulate(output, shared, 1);
    }

    /** Which rows go to which expert with what weight. */
    private record Assignment(int[][] tokens, float[][] factors) {
        static Assignment of(Routing routing, int experts) {
            int[] chosen = routing.experts().toInts();
            float[] weights = routing.weights().toFloats();
            int slots = routing.experts().size(1);
            int[] counts = new int[experts];
            for (int expert : chosen) {
                if (expert >= experts) {
                    throw new IllegalStateException("The router chose expert " + expert + " of " + experts + ".");
                }
                if (expert >= 0) {
                    counts[expert]++;
                }
            }
            int[][] tokens = Arrays.stream(counts).mapToObj(int[]::new).toArray(int[][]::new);
            float[][] factors = Arrays.stream(counts).mapToObj(float[]::new).toArray(float[][]::new);
            int[] filled = new int[experts];
            for (int i = 0; i < chosen.length; i++) {
                int expert = chosen[i];
                if (expert >= 0) {
                    tokens[expert][filled[expert]] = i / slots;
                    factors[expert][filled[expert]++] = weights[i];
                }
            }
            return new Assignment(tokens, factors);
        }

        int experts() {
            return tokens.length;
        }

        int[] rows(int expert) {
            return tokens[expert];
        }

        float[] weights(int expert) {
            return factors[expert];
        }
    }
}
