package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

import lathe.models.transformer.ModelWeights;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.router.CarvedExperts;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockEdit;

/** Cuts the matrices of a dense network into those of its experts: no number changes. */
final class ExpertCut {
    private final ModelWeights weights;
    private final Site up;
    private final CarvedExperts groups;
    private final Compute compute;
    private final Scope result;

    /** @param result where the experts' weights live */
    ExpertCut(ModelWeights weights, Site up, CarvedExperts groups, Compute compute, Scope result) {
        this.weights = requireNonNull(weights, "weights is null");
        this.up = requireNonNull(up, "up is null");
        this.groups = requireNonNull(groups, "groups is null");
        this.compute = requireNonNull(compute, "compute is null");
        this.result = requireNonNull(result, "result is null");
    }

    BlockEdit edit() {
        BlockEdit edit = BlockEdit.none();
        for (Role role : List.of(Role.GATE, Role.UP, Role.DOWN)) {
            Optional<LinearOperator> found = weights.find(up.block(), role, Site.NO_EXPERT);
            if (found.isPresent()) {
                edit = cut(edit, role, found.get());
            }
        }
        Tensor router = groups.router();
        edit = edit.with(new Site(up.block(), Role.ROUTER, Site.NO_EXPERT, router.size(0), router.size(1)),
                new Dense(router.in(result).copy()));
        for (var parameter : groups.parameters().entrySet()) {
            edit = edit.withVector(parameter.getKey(), parameter.getValue().in(result).copy());
        }
        return biases(edit);
    }

    private BlockEdit cut(BlockEdit edit, Role role, LinearOperator operator) {
        DataType type = Walk.type(operator);
        try (Scope local = result.child()) {
            Tensor matrix = operator instanceof Dense dense
                    ? dense.weight().in(local)
                    : compute.dense(operator, DataType.F32, local);
            BlockEdit more = edit;
            for (int expert = 0; expert < groups.routed().size(); expert++) {
                more = more.with(site(role, expert), part(role, matrix, groups.routed().get(expert), type));
            }
            return groups.shared().length == 0
                    ? more
                    : more.with(site(role, Site.SHARED_EXPERT), part(role, matrix, groups.shared(), type));
        }
    }

    private Site site(Role role, int expert) {
        int width = expert == Site.SHARED_EXPERT ? groups.shared().length : groups.routed().get(expert).length;
        return role == Role.DOWN
                ? new Site(up.block(), role, expert, up.inFeatures(), width)
                : new Site(up.block(), role, expert, width, up.inFeatures());
    }

    private Dense part(Role role, Tensor matrix, int[] neurons, DataType type) {
        Tensor part = role == Role.DOWN ? matrix.selectColumns(neurons) : matrix.select(neurons);
        return new Dense(part.in(result).to(type));
    }

    private BlockEdit biases(BlockEdit edit) {
        BlockEdit more = edit;
        for (Role role : List.of(Role.GATE, Role.UP)) {
            Optional<Tensor> bias = weights.bias(up.block(), role, Site.NO_EXPERT);
            for (int expert = 0; bias.isPresent() && expert < groups.routed().size(); expert++) {
                more = more.withBias(site(role, expert),
                        bias.get().in(result).select(groups.routed().get(expert)));
            }
            if (bias.isPresent() && groups.shared().length > 0) {
                more = more.withBias(site(role, Site.SHARED_EXPERT), bias.get().in(result).select(groups.shared()));
            }
        }
        Optional<Tensor> down = weights.bias(up.block(), Role.DOWN, Site.NO_EXPERT);
        if (down.isPresent() && groups.shared().length == 0) {
            throw new LatheException("The network of block " + up.block() + " has a bias after its down projection, "
                    + "which is added once whatever the experts; carve it with a shared expert.");
        }
        return down.isPresent() ? more.withBias(site(Role.DOWN, Site.SHARED_EXPERT), down.get().in(result).copy())
                : more;
    }
}
