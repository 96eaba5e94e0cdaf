package lathe.flap;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of FLAP.
 *
 * @param pruningRatio    share of the parameters of all blocks' linears that goes; 0 changes nothing
 * @param metric          what a channel is judged by: wifv (variance of the channel times the squares of its weights), ifv
 *                        (the variance alone) or wifn (Wanda's score, averaged over output rows)
 * @param structure       what competes: all units of all blocks (al-am), a fixed number of heads apart from the neurons,
 *                        over all blocks or in each (al-mm, ul-mm), or each block alone (ul-um)
 * @param removeHeads     heads that go with al-mm and ul-mm, over all blocks, each of which keeps one; a head is a
 *                        key/value head with the query heads that read it
 * @param unstr           sets removed weights to zero instead of cutting them out: same outputs, no memory freed
 * @param compensate      gives back the mean of what is removed as a bias; without it the removed channels count as zero
 * @param costMode        cost of a head in neurons: exact, or cut to a whole number as in the authors' code
 * @param fluctuationMode squared distance from the mean after each sequence (code), or the product of the distances from
 *                        the means before and after it (welford)
 */
public record FlapConfig(
        @Default("0.2") @Range("[0, 1)") double pruningRatio,
        @Default("wifv") Metric metric,
        @Default("al-am") Structure structure,
        @Default("8") @Range("[-1, inf)") int removeHeads,
        @Default("false") boolean unstr,
        @Default("true") boolean compensate,
        @Default("exact") CostMode costMode,
        @Default("code") FluctuationMode fluctuationMode) {
    /** What a channel is judged by. */
    public enum Metric {
        /** Variance of the channel. */
        IFV,
        /** Variance of the channel times the sum of its squared weights. */
        WIFV,
        /** Norm of the channel times the mean size of its weights. */
        WIFN
    }

    /** Which units compete. */
    public enum Structure {
        /** Heads of a block among themselves, neurons of a block among themselves. */
        UL_UM,
        /** As many heads in every block, neurons of a block among themselves. */
        UL_MM,
        /** Heads of all blocks among themselves, neurons of all blocks among themselves. */
        AL_MM,
        /** All with all. */
        AL_AM;

        /** Whether the number of heads is given. */
        boolean countsHeads() {
            return this == UL_MM || this == AL_MM;
        }
    }

    /** Cost of a head. */
    public enum CostMode {
        /** As it is. */
        EXACT,
        /** Cut to a whole number. */
        CODE
    }

    /** How channels' variance is updated. */
    public enum FluctuationMode {
        /** As the authors' code does, whose old mean is the new one already. */
        CODE,
        /** Welford's formula. */
        WELFORD
    }
}
