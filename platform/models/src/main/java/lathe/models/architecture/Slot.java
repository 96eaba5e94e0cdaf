package lathe.models.architecture;

import static java.util.Objects.requireNonNull;

/**
 * A place for a tensor in a model.
 *
 * @param role   what it is for
 * @param block  index of the block, {@link #NONE} outside of blocks
 * @param expert index of the expert, {@link #NONE} where it is none's
 * @param bias   whether it is the vector that is added to the role's output, not the weight itself
 */
public record Slot(TensorRole role, int block, int expert, boolean bias) {
    /** No block, or no expert. */
    public static final int NONE = -1;

    /** Checks the role. */
    public Slot {
        requireNonNull(role, "role is null");
    }

    /**
     * A weight outside of the blocks.
     *
     * @param role its role
     * @return the slot
     */
    public static Slot of(TensorRole role) {
        return new Slot(role, NONE, NONE, false);
    }

    /**
     * A weight of a block.
     *
     * @param block index of the block
     * @param role  its role
     * @return the slot
     */
    public static Slot of(int block, TensorRole role) {
        return new Slot(role, block, NONE, false);
    }

    /**
     * A weight of an expert.
     *
     * @param block  index of the block
     * @param expert index of the expert
     * @param role   its role
     * @return the slot
     */
    public static Slot of(int block, int expert, TensorRole role) {
        return new Slot(role, block, expert, false);
    }

    /**
     * The bias that belongs to this weight.
     *
     * @return its slot
     */
    public Slot biasSlot() {
        return new Slot(role, block, expert, true);
    }

    // Written out: what the compiler writes for a record is put together at its first use, while somebody waits for a model.
    @Override
    public boolean equals(Object other) {
        return other instanceof Slot that && role == that.role && block == that.block && expert == that.expert
                && bias == that.bias;
    }

    @Override
    public int hashCode() {
        return ((role.ordinal() * 31 + block) * 31 + expert) * 2 + (bias ? 1 : 0);
    }

    @Override
    public String toString() {
        return (block == NONE ? "" : "block " + block + " ") + (expert == NONE ? "" : "expert " + expert + " ")
                + role.key() + (bias ? " bias" : "");
    }
}
