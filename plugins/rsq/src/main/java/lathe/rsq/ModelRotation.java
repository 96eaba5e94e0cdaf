package lathe.rsq;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.Services;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelView;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.numeric.RandomStream;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ModelEdit;

/**
 * Steps 1 to 3 as far as they are merged into weights: norms into the linears behind them, the rotation of the residual
 * stream into everything that reads or writes it, and Hadamard matrices into the values of each head. The function of the
 * model stays. What is left to be done while the model runs stands before o and down ({@link RsqQuantizer}).
 */
final class ModelRotation {
    /** A weight with a larger share of zeros was pruned. */
    private static final double MANY_ZEROS = 0.05;

    private final ModelView model;
    private final Scope scope;
    private final Turn residual;
    private final ModelEdit.Builder edit = new ModelEdit.Builder();

    private ModelRotation(ModelView model, Turn residual, Scope scope) {
        this.model = model;
        this.residual = residual;
        this.scope = scope;
    }

    static ModelEdit of(ModelView model, RsqConfig config, Services services, Scope scope) {
        Turn residual = config.rotateMode() == RsqConfig.RotateMode.HADAMARD
                ? signed(model.info().hidden(), services)
                : orthogonal(model.info().hidden(), services, scope);
        return new ModelRotation(model, residual, scope).edit();
    }

    private static Turn signed(int hidden, Services services) {
        RandomStream stream = services.random().stream("rotation", 0);
        float[] signs = new float[hidden];
        for (int i = 0; i < hidden; i++) {
            signs[i] = stream.below(i, 2) == 0 ? 1 : -1;
        }
        return Turn.signed(signs, Turn.powerOfTwo(hidden));
    }

    /** Q of the QR factors of a normal matrix: x becomes Q^T x. */
    private static Turn orthogonal(int hidden, Services services, Scope scope) {
        RandomStream stream = services.random().stream("rotation", 0);
        float[] numbers = new float[hidden * hidden];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) stream.normal(i);
        }
        Tensor q = services.linearAlgebra().qr(scope.of(numbers, hidden, hidden), scope).q();
        double[][] transposed = new double[hidden][hidden];
        for (int i = 0; i < hidden; i++) {
            for (int j = 0; j < hidden; j++) {
                transposed[j][i] = q.get(i, j);
            }
        }
        return Turn.matrix(transposed);
    }

    private ModelEdit edit() {
        for (Site site : model.sites()) {
            if (!model.operator(site).form().equals("dense")) {
                throw new LatheException("rsq rotates weights, and " + site.name() + " is stored as "
                        + model.operator(site).form() + ", which a rotation would fill or round: rotateMode = none "
                        + "leaves it as it is.");
            }
        }
        requireNotPruned();
        embeddings();
        for (LayerInfo layer : model.info().layers()) {
            block(layer);
        }
        return edit.build();
    }

    private void requireNotPruned() {
        for (Site site : model.sites()) {
            try (Scope local = scope.child()) {
                if (site.role().isCompressible() && Mask.nonZero(model.weight(site, local)).sparsity() > MANY_ZEROS) {
                    throw new LatheException("rsq rotates weights, which would fill the zeros of " + site.name()
                            + ", a pruned weight: rotateMode = none leaves them.");
                }
            }
        }
    }

    private void embeddings() {
        Site embedding = find(-1, Role.EMBEDDING).orElseThrow();
        Tensor rows = model.weight(embedding, scope).copy();
        Tensor gain = gain("final_norm");
        Site head = find(-1, Role.HEAD).orElse(new Site(-1, Role.HEAD, Site.NO_EXPERT, rows.size(0), rows.size(1)));
        Tensor out = find(-1, Role.HEAD).map(site -> model.weight(site, scope).copy()).orElse(rows).scaleColumns(gain);
        residual.rows(out);
        residual.rows(rows);
        edit.operator(embedding, new Dense(rows));
        edit.operator(head, new Dense(out));
    }

    /** The gain of a norm, which becomes 1. */
    private Tensor gain(String name) {
        Tensor gain = model.vector(name, scope).orElseThrow(
                () -> new LatheException("rsq merges norms into weights, and the model has no " + name + "."));
        edit.vector(name, scope.zeros(gain.size(0)).fill(1));
        return gain;
    }

    private Optional<Site> find(int block, Role role) {
        return model.sites().stream().filter(site -> site.block() == block && site.role() == role).findFirst();
    }

    private void block(LayerInfo layer) {
        int block = layer.block();
        Turn ofHead = Turn.hadamard(Turn.powerOfTwo(layer.valueDim()), 1);
        Tensor attention = gain("blocks." + block + ".attention_norm");
        for (Role role : List.of(Role.QUERY, Role.KEY)) {
            edit.operator(site(block, role), new Dense(reading(site(block, role), attention)));
        }
        Site value = site(block, Role.VALUE);
        edit.operator(value, new Dense(ofHead.columns(reading(value, attention))));
        model.bias(value, scope).ifPresent(bias -> edit.bias(value, ofHead.vector(bias)));

        Site output = site(block, Role.OUTPUT);
        Tensor mixing = model.weight(output, scope).copy();
        ofHead.rows(mixing);
        writing(output, mixing);

        Tensor network = gain("blocks." + block + ".ffn_norm");
        List<Site> readers = new ArrayList<>();
        find(block, Role.GATE).ifPresent(readers::add);
        readers.add(site(block, Role.UP));
        readers.forEach(site -> edit.operator(site, new Dense(reading(site, network))));
        writing(site(block, Role.DOWN), model.weight(site(block, Role.DOWN), scope).copy());
    }

    private Site site(int block, Role role) {
        return find(block, role).orElseThrow(
                () -> new LatheException("rsq finds no weight blocks." + block + "." + role.label() + "."));
    }

    /** W diag(gamma) Q. */
    private Tensor reading(Site site, Tensor gain) {
        Tensor weight = model.weight(site, scope).copy().scaleColumns(gain);
        residual.rows(weight);
        return weight;
    }

    /** Q^T W and Q^T b. */
    private void writing(Site site, Tensor weight) {
        edit.operator(site, new Dense(residual.columns(weight)));
        model.bias(site, scope).ifPresent(bias -> edit.bias(site, residual.vector(bias)));
    }
}
