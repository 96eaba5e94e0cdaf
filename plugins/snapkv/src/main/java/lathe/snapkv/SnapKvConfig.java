package lathe.snapkv;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of SnapKV.
 *
 * @param window   last queries of the prompt whose attention is looked at; their tokens stay
 * @param capacity tokens kept of each key/value head, window included; without it the common ratio or budget decides
 * @param kernel   tokens that smooth a score: an odd number
 * @param pooling  how: avg (divisor always the kernel, also at the borders) or max
 */
public record SnapKvConfig(
        @Default("32") @Range("[1, inf)") int window,
        @Range("[1, inf)") Optional<Integer> capacity,
        @Default("5") @Range("[1, inf)") int kernel,
        @Default("avg") Pooling pooling) {
    /** How neighbouring scores are joined. */
    public enum Pooling {
        /** Mean, with zeros outside. */
        AVG,
        /** Largest. */
        MAX
    }

    /** Checks that the kernel has a middle. */
    public SnapKvConfig {
        if (kernel % 2 == 0) {
            throw new IllegalArgumentException(
                    "A kernel of " + kernel + " has no middle; an odd number would be right.");
        }
    }
}
