package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.List;

import lathe.models.transformer.ForwardListener;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * The hidden states of the calibration sequences on their way through the blocks. Each sequence is a pass of its own. Holds
 * the states before one block; moving on overwrites them, sequence by sequence.
 */
final class Calibration implements AutoCloseable {
    private final List<Pass> passes;
    private final CalibrationMemory memory;
    private final Scope parent;
    private SequenceStates hidden;

    Calibration(List<Pass> passes, CalibrationMemory memory, Scope parent) {
        this.passes = List.copyOf(passes);
        this.memory = requireNonNull(memory, "memory is null");
        this.parent = requireNonNull(parent, "parent is null");
    }

    /** What enters the first block. */
    void embed(Transformer model) {
        hidden = states(model.info().hidden());
        for (int i = 0; i < passes.size(); i++) {
            try (Scope local = parent.child()) {
                hidden.get(i).assign(model.compute().read(model.embed(passes.get(i), local), local));
            }
        }
    }

    /** Room for one matrix a sequence, within the budget; closed by the caller. */
    SequenceStates states(int width) {
        return new SequenceStates(passes.stream().map(Pass::rows).toList(), width, memory, parent);
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

    /** Whether the states lie in a file. */
    boolean spilled() {
        return hidden != null && hidden.spilled();
    }

    int tokens() {
        return passes.stream().mapToInt(Pass::rows).sum();
    }

    /** Runs a block for its statistics alone. */
    void collect(Transformer model, int block, StatisticsCollector collector) {
        for (int i = 0; i < passes.size(); i++) {
            collector.sequence(i);
            show(model, block, i, collector);
        }
    }

    /** Runs a block on one sequence for somebody who looks on. */
    void show(Transformer model, int block, int sequence, ForwardListener listener) {
        try (Scope local = parent.child()) {
            model.runBlock(block, hidden.get(sequence), passes.get(sequence).withListener(listener), local);
        }
    }

    /** Goes on to the next block's inputs. */
    void advance(Transformer model, int block) {
        for (int i = 0; i < passes.size(); i++) {
            try (Scope local = parent.child()) {
                Tensor output = model.runBlock(block, hidden.get(i), passes.get(i), local);
                hidden.get(i).assign(model.compute().read(output, local));
            }
        }
    }

    @Override
    public void close() {
        if (hidden != null) {
            hidden.close();
        }
    }
}
