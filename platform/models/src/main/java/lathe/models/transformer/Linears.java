package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import lathe.models.architecture.Norm;
import lathe.models.architecture.TensorRole;
import lathe.models.exchange.layout.InputRounding;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Linears and norms of a model, ready to be applied. */
final class Linears {
    private final Compute compute;
    private final ModelWeights weights;
    private final PreparedWeights.Lease prepared;
    /** One operator a matrix, because prepared weights are found by identity. */
    private final Map<Tensor, Dense> matrices = new ConcurrentHashMap<>();

    Linears(Compute compute, ModelWeights weights, PreparedWeights.Lease prepared) {
        this.compute = requireNonNull(compute, "compute is null");
        this.weights = requireNonNull(weights, "weights is null");
        this.prepared = requireNonNull(prepared, "prepared is null");
    }

    Compute compute() {
        return compute;
    }

    ModelWeights weights() {
        return weights;
    }

    boolean has(int block, Role role, int expert) {
        return weights.find(block, role, expert).isPresent();
    }

    LinearOperator operator(int block, Role role, int expert) {
        return weights.find(block, role, expert).orElseThrow(() -> new LatheException("The model has no weight "
                + new Site(block, role, expert, 0, 0).name() + "."));
    }

    Site site(int block, Role role, int expert) {
        LinearOperator operator = operator(block, role, expert);
        return new Site(block, role, expert, operator.outFeatures(), operator.inFeatures());
    }

    int outFeatures(int block, Role role, int expert) {
        return operator(block, role, expert).outFeatures();
    }

    /** output = input W^T + bias. */
    void apply(int block, Role role, int expert, Tensor input, Tensor output) {
        LinearOperator operator = operator(block, role, expert);
        Optional<InputRounding> rounding = weights.inputs(block, role, expert);
        if (rounding.isPresent()) {
            applyRounded(operator, rounding.get(), input, output);
        } else {
            compute.apply(prepared.operator(operator), input, output);
        }
        addBias(block, role, expert, output);
    }

    /** The same for several linears of one input, which the processor may compute at once. */
    void applyAll(int block, List<Role> roles, int expert, Tensor input, List<Tensor> outputs) {
        List<PreparedOperator> operators = new ArrayList<>(roles.size());
        for (Role role : roles) {
            if (weights.inputs(block, role, expert).isPresent()) {
                oneByOne(block, roles, expert, input, outputs);
                return;
            }
            operators.add(prepared.operator(operator(block, role, expert)));
        }
        compute.applyAll(operators, input, outputs);
        for (int i = 0; i < outputs.size(); i++) {
            addBias(block, roles.get(i), expert, outputs.get(i));
        }
    }

    private void oneByOne(int block, List<Role> roles, int expert, Tensor input, List<Tensor> outputs) {
        for (int i = 0; i < outputs.size(); i++) {
            apply(block, roles.get(i), expert, input, outputs.get(i));
        }
    }

    private void addBias(int block, Role role, int expert, Tensor output) {
        Optional<Tensor> bias = weights.bias(block, role, expert);
        if (bias.isPresent()) {
            compute.addBias(output, prepared.vector(bias.get()));
        }
    }

    private void applyRounded(LinearOperator operator, InputRounding rounding, Tensor input, Tensor output) {
        try (Scope local = output.scope().child()) {
            Tensor host = compute.read(input, local);
            Tensor rounded = local.zeros(host.shape().toArray());
            rounding.round(host, rounded);
            Tensor activation = compute.activations(local, host.shape().toArray());
            compute.write(rounded, activation);
            compute.apply(prepared.operator(operator), activation, output);
        }
    }

    void applyHead(Tensor input, Tensor output) {
        compute.apply(prepared.operator(weights.head()), input, output);
        addBias(-1, Role.HEAD, Site.NO_EXPERT, output);
    }

    /** output = input W^T for a matrix that is no site. */
    void applyMatrix(Tensor matrix, Tensor input, Tensor output) {
        compute.apply(prepared.operator(matrices.computeIfAbsent(matrix, Dense::new)), input, output);
    }

    boolean hasVector(int block, TensorRole role) {
        return weights.vector(ModelWeights.vectorName(block, role)).isPresent();
    }

    Tensor vector(int block, TensorRole role) {
        return prepared.vector(stored(block, role));
    }

    Tensor stored(int block, TensorRole role) {
        String name = ModelWeights.vectorName(block, role);
        return weights.vector(name).orElseThrow(() -> new LatheException("The model has no vector " + name + "."));
    }

    /** Normalises over the last dimension, which is as long as the gain. */
    void normalise(int block, TensorRole role, Norm norm, Tensor input, Tensor output) {
        switch (norm.kind()) {
            case RMS ->
                compute.rmsNorm(input, vector(block, role), norm.gainOffset(), norm.epsilon(), output);
            case LAYER -> {
                Optional<Tensor> bias = weights.vector(ModelWeights.vectorName(block, role) + "_bias");
                compute.layerNorm(input, vector(block, role), bias.map(prepared::vector).orElse(null),
                        norm.epsilon(), output);
            }
        }
    }

    /** Shows the input of some linears to the listener. */
    void show(ForwardListener listener, Workspace work, Tensor input, Optional<int[]> rows, List<Site> sites) {
        if (listener.wantsInputs()) {
            listener.input(new LinearInput(sites, compute.read(input, work.scope()), rows));
        }
    }
}
