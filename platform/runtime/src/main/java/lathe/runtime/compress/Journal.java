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
        public void keep(int block, ModelWeights weights) {
            // Nobody asks for it.
        }
    };

    /**
     * What an earlier walk left of a block.
     *
     * @param block from 0
     * @param scope where it is to live
     * @return the block's new contents; empty if it was not finished
     */
    Optional<BlockEdit> recall(int block, Scope scope);

    /**
     * Keeps a finished block.
     *
     * @param block   from 0
     * @param weights the model with the block as it is now
     */
    void keep(int block, ModelWeights weights);
}
