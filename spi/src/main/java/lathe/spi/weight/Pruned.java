package lathe.spi.weight;

import static java.util.Objects.requireNonNull;

import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;

/** What a pruner leaves of a weight. */
public sealed interface Pruned {
    /**
     * Some entries, the rest is zero. The platform chooses the smallest stored form that holds them exactly: n:m, bitmask
     * or dense.
     *
     * @param mask   what is kept
     * @param weight [out, in] the values of kept entries; others are ignored
     * @return the result
     */
    static Pruned keep(Mask mask, Tensor weight) {
        return new Kept(mask, weight);
    }

    /**
     * Some entries, rounded to codes in the same sweep. The platform stores mask and codes of kept entries.
     *
     * @param mask  what is kept
     * @param codes the weight as codes; entries outside the mask are ignored
     * @return the result
     */
    static Pruned keep(Mask mask, GroupQuantized codes) {
        return new KeptCodes(mask, codes);
    }

    /**
     * A weight in a form that the method chose itself.
     *
     * @param operator replaces the weight
     * @return the result
     */
    static Pruned of(LinearOperator operator) {
        return new Replaced(operator);
    }

    /**
     * Some entries are kept.
     *
     * @param mask   what is kept
     * @param weight [out, in]
     */
    record Kept(Mask mask, Tensor weight) implements Pruned {
        /** Checks that shapes agree. */
        public Kept {
            requireNonNull(mask, "mask is null");
            requireNonNull(weight, "weight is null");
            if (mask.rows() != weight.size(0) || mask.columns() != weight.size(1)) {
                throw new IllegalArgumentException("A mask of [" + mask.rows() + ", " + mask.columns()
                        + "] does not fit a weight of " + weight.shape() + ".");
            }
        }
    }

    /**
     * Some entries are kept as codes.
     *
     * @param mask  what is kept
     * @param codes [out, in]
     */
    record KeptCodes(Mask mask, GroupQuantized codes) implements Pruned {
        /** Checks that shapes agree. */
        public KeptCodes {
            requireNonNull(mask, "mask is null");
            requireNonNull(codes, "codes is null");
            if (mask.rows() != codes.outFeatures() || mask.columns() != codes.inFeatures()) {
                throw new IllegalArgumentException("A mask of [" + mask.rows() + ", " + mask.columns()
                        + "] does not fit codes of [" + codes.outFeatures() + ", " + codes.inFeatures() + "].");
            }
        }
    }

    /**
     * The whole weight is replaced.
     *
     * @param operator replaces the weight
     */
    record Replaced(LinearOperator operator) implements Pruned {
        /** Checks that there is one. */
        public Replaced {
            requireNonNull(operator, "operator is null");
        }
    }
}
