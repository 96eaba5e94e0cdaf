package lathe.models.transformer;

import java.util.Optional;

import lathe.models.notes.PassedNotes;
import lathe.spi.Notes;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.numeric.RandomStream;
import lathe.spi.operator.LinearOperator;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingScene;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What a router sees of one block. */
record PassRoutingScene(int block, Tensor logits, Tensor hidden, int expertsPerToken, ModelWeights weights,
        Compute compute, ModelRouter gate,
        Pass pass, Scope scope) implements RoutingScene, PassedNotes {
    @Override
    public Notes listener() {
        return pass.listener().notes(block);
    }

    @Override
    public Optional<Tensor> parameter(String name) {
        if (name.equals("router_weight")) {
            return weights.find(block, Role.ROUTER, Site.NO_EXPERT).map(this::dense);
        }
        // The checkpoint's role is called router-correction; methods know it as correction_bias.
        String role = name.equals("correction_bias") ? "router_correction" : name;
        return weights.vector("blocks." + block + "." + role);
    }

    @Override
    public Optional<Routing> modelRouting() {
        return gate.knows() ? Optional.of(gate.route(this)) : Optional.empty();
    }

    private Tensor dense(LinearOperator operator) {
        return compute.dense(operator, DataType.F32, scope);
    }

    @Override
    public int[] sequenceLengths() {
        return pass.lengths();
    }

    @Override
    public Optional<int[]> tokenIds() {
        return Optional.of(pass.tokens());
    }

    @Override
    public boolean training() {
        return false;
    }

    @Override
    public RandomStream random() {
        return pass.random().stream("router", block);
    }
}
