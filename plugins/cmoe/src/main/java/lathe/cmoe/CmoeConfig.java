package lathe.cmoe;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of the carver.
 *
 * @param experts    experts of a block, the shared ones among them; neurons left over are shared
 * @param shared     experts' worth of neurons that every token goes through
 * @param active     routed experts of a token
 * @param kAct       neurons that a token marks
 * @param iterations rounds of clustering
 */
public record CmoeConfig(
        @Default("16") @Range("[2, inf)") int experts,
        @Default("2") @Range("[0, inf)") int shared,
        @Default("2") @Range("[1, inf)") int active,
        @Default("10") @Range("[1, inf)") int kAct,
        @Default("1") @Range("[1, inf)") int iterations) {
    /** Checks that tokens find their experts. */
    public CmoeConfig {
        if (shared >= experts || active > experts - shared) {
            throw new IllegalArgumentException("Of " + experts + " experts " + shared + " are shared, so that "
                    + Math.max(0, experts - shared) + " are routed; a token cannot go to " + active + " of them.");
        }
    }

    int routed() {
        return experts - shared;
    }
}
