package lathe.spi.router;

import java.util.Optional;
import java.util.function.Consumer;

import lathe.spi.Notes;
import lathe.spi.backend.Activation;
import lathe.spi.model.ModelInfo;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One dense feed-forward network to be carved: down(act(gate x) * up x), or down(act(up x)) without a gate. */
public interface CarvingScene extends Notes {
    /**
     * The model as it was before carving.
     *
     * @return its description
     */
    ModelInfo model();

    /**
     * The block.
     *
     * @return from 0
     */
    int block();

    /**
     * Neurons of the network.
     *
     * @return rows of up
     */
    int width();

    /**
     * The nonlinearity.
     *
     * @return of the gate, or of up where there is none
     */
    Activation activation();

    /**
     * The gate projection.
     *
     * @return [width, hidden] float32, a private copy made at each call; empty in a network without a gate
     */
    Optional<Tensor> gate();

    /**
     * The up projection.
     *
     * @return [width, hidden] float32, a private copy made at each call
     */
    Tensor up();

    /**
     * The down projection.
     *
     * @return [hidden, width] float32, a private copy made at each call
     */
    Tensor down();

    /**
     * Calibration tokens.
     *
     * @return over all sequences; 0 without calibration text
     */
    int tokens();

    /**
     * Shows what enters the network (after its norm), sequence after sequence, computed anew at each call.
     *
     * @param look receives [tokens, hidden] float32 batches, dead after the call; all tokens of a sequence are one batch
     */
    void eachInput(Consumer<ActivationBatch> look);

    /**
     * Shows the neurons' activations, what enters the down projection, sequence after sequence, computed anew at each
     * call.
     *
     * @param look receives [tokens, width] float32 batches, dead after the call; all tokens of a sequence are one batch
     */
    void eachActivation(Consumer<ActivationBatch> look);

    /**
     * Where intermediate and returned tensors live.
     *
     * @return closed after the result has been stored
     */
    Scope scope();
}
