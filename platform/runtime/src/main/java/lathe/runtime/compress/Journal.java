package lathe.runtime.compress;

import java.util.Optional;

import lathe.models.transformer.ModelWeights;
import lathe.spi.tensor.Scope;
import lathe.spi.weight.BlockEdit;

/** Remembers finished blocks of a walk, so that a walk that was cut off goes on where it stopped, to the same digits. */
public interface Journal {
    /** Remembers nothing. */
    Journal NONE = new Journal() {
        @Override
        public Optional<BlockEdit> recall(int block, Scope scope) {
            return Optional.empty();
        }

        @Override
        public Optional<BlockEdit> keep(int block, ModelWeights weights, Scope scope) {
            return Optional.empty();
        }
    };

    /**
     * What an earlier walk left of a block.
     *
     * @param block from 0
     * @param scope where results of operations on it live
     * @return the block's new contents; empty if it was not finished
     */
    Optional<BlockEdit> recall(int block, Scope scope);

    /**
     * Keeps a finished block.
     *
     * @param block   from 0
     * @param weights the model with the block as it is now
     * @param scope   where results of operations on what is kept live
     * @return the block as it was kept, equal to the bit, in memory that the journal maps and not in that of the weights
     *         given; empty if it was not kept
     */
    Optional<BlockEdit> keep(int block, ModelWeights weights, Scope scope);

    /** Gives back what was mapped, when nobody uses recalled and kept blocks any more. The journal itself stays. */
    default void release() {
        // Nothing is mapped by default.
    }
}
