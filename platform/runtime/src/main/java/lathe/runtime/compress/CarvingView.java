package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.function.Consumer;

import lathe.models.architecture.FeedForward;
import lathe.models.notes.PassedNotes;
import lathe.models.transformer.ForwardListener;
import lathe.models.transformer.LinearInput;
import lathe.models.transformer.Transformer;
import lathe.spi.Notes;
import lathe.spi.backend.Activation;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.router.CarvingScene;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One network to be carved, with the calibration states that enter its block. */
final class CarvingView implements CarvingScene, PassedNotes {
    private final ModelInfo info;
    private final Transformer model;
    private final Site up;
    private final Calibration calibration;
    private final Notes listener;
    private final Scope scope;

    CarvingView(ModelInfo info, Transformer model, Site up, Calibration calibration, Notes listener,
            Scope scope) {
        this.info = requireNonNull(info, "info is null");
        this.model = requireNonNull(model, "model is null");
        this.up = requireNonNull(up, "up is null");
        this.calibration = requireNonNull(calibration, "calibration is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.scope = requireNonNull(scope, "scope is null");
    }

    @Override
    public Notes listener() {
        return listener;
    }

    @Override
    public ModelInfo model() {
        return info;
    }

    @Override
    public int block() {
        return up.block();
    }

    @Override
    public int width() {
        return up.outFeatures();
    }

    @Override
    public Activation activation() {
        FeedForward.Dense network = (FeedForward.Dense) model.config().blocks().get(up.block()).feedForward();
        return Activation.valueOf(network.activation().name());
    }

    @Override
    public Optional<Tensor> gate() {
        return numbers(Role.GATE);
    }

    @Override
    public Tensor up() {
        return numbers(Role.UP).orElseThrow();
    }

    @Override
    public Tensor down() {
        return numbers(Role.DOWN).orElseThrow();
    }

    private Optional<Tensor> numbers(Role role) {
        Optional<LinearOperator> operator = model.weights().find(up.block(), role, Site.NO_EXPERT);
        return operator.map(found -> model.compute().dense(found, DataType.F32, scope));
    }

    @Override
    public int tokens() {
        return calibration.tokens();
    }

    @Override
    public void eachInput(Consumer<ActivationBatch> look) {
        each(Role.UP, look);
    }

    @Override
    public void eachActivation(Consumer<ActivationBatch> look) {
        each(Role.DOWN, look);
    }

    private void each(Role role, Consumer<ActivationBatch> look) {
        for (int i = 0; i < calibration.sequences(); i++) {
            int sequence = i;
            calibration.show(model, up.block(), sequence, new ForwardListener() {
                @Override
                public boolean wantsInputs() {
                    return true;
                }

                @Override
                public void input(LinearInput input) {
                    if (input.sites().stream().anyMatch(site -> site.role() == role)) {
                        look.accept(new ActivationBatch(input.input(), sequence, Optional.empty()));
                    }
                }
            });
        }
    }

    @Override
    public Scope scope() {
        return scope;
    }
}
