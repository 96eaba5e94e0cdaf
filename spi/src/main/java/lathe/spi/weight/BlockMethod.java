package lathe.spi.weight;

/** A pruner or quantizer that must see a whole block at once: coupled heads and neurons, scales moved between linears. */
public interface BlockMethod extends WeightMethod {
    /**
     * Edits one block. Called for the blocks in order.
     *
     * @param scene the block and what is known about it
     * @return what changes
     */
    BlockEdit edit(BlockScene scene);
}
