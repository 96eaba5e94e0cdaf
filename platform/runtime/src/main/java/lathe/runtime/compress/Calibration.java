package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

import lathe.models.transformer.ForwardListener;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * The hidden states of the calibration sequences on their way through the blocks. Each sequence is a pass of its own. Holds
 * the states before one block; moving on frees them.
 */
final class Calibration implements AutoCloseable {
    private final List<Pass> passes;
    private final Scope parent;
    private Scope scope;
    private List<Tensor> hidden;

    Calibration(List<int[]> sequences, Scope parent) {
        this.passes = sequences.stream().map(Pass::whole).toList();
        this.parent = requireNonNull(parent, "parent is null");
        this.scope = parent.child();
        this.hidden = List.of();
    }

    /** What enters the first block. */
    void embed(Transformer model) {
        hidden = passes.stream().map(pass -> model.embed(pass, scope)).toList();
    }

    boolean isEmpty() {
        return passes.isEmpty();
    }

    int sequences() {
        return passes.size();
    }

    Pass pass(int sequence) {
        return passes.get(sequence);
    }

    Tensor hidden(int sequence) {
        return hidden.get(sequence);
    }

    int tokens() {
        return passes.stream().mapToInt(Pass::rows).sum();
    }

    /** Runs a block for its statistics alone. */
    void collect(Transformer model, int block, StatisticsCollector collector) {
        for (int i = 0; i < passes.size(); i++) {
            try (Scope local = parent.child()) {
                collector.sequence(i);
                model.runBlock(block, hidden.get(i), passes.get(i).withListener(collector), local);
            }
        }
    }

    /** Goes on to the next block's inputs, perhaps with somebody looking on. */
    void advance(Transformer model, int block, ForwardListener listener) {
        Scope next = parent.child();
        List<Tensor> outputs = new ArrayList<>();
        try {
            for (int i = 0; i < passes.size(); i++) {
                if (listener instanceof StatisticsCollector collector) {
                    collector.sequence(i);
                }
                outputs.add(model.runBlock(block, hidden.get(i), passes.get(i).withListener(listener), next));
            }
        } catch (RuntimeException | Error failure) {
            next.close();
            throw failure;
        }
        scope.close();
        scope = next;
        hidden = outputs;
    }

    @Override
    public void close() {
        scope.close();
    }
}
