package lathe.fastgen;

import java.util.List;
import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of FastGen.
 *
 * @param recovery       share of the prompt's attention that a head's policy must hold
 * @param local          recent tokens as a fraction of the length
 * @param frequent       most attended tokens as a fraction of the length
 * @param globalTokens   first tokens that every head keeps
 * @param historyWindow  records of attention, the prompt's among them, whose mean ranks frequent tokens
 * @param maxCacheLength length that the fractions are taken of once tokens are stored; if it is not given that of the prompt
 *                       and the most new tokens together, or the prompt's where nobody says how many come
 * @param policies       from cheap to expensive: special, punctuation, frequent and local joined by +, or full; the last must
 *                       be full
 * @param fixed          policies of the key/value heads by their number from 0, instead of profiling; one for all or one each
 * @param parity         protects what the reproduction does in place of the first tokens: the tokens that its unstable sort
 *                       puts into the first slots; and lets a token inherit the attention of the one whose slot it gets
 */
public record FastGenConfig(
        @Default("0.9") @Range("(0, 1]") double recovery,
        @Default("0.3") @Range("(0, 1]") double local,
        @Default("0.3") @Range("(0, 1]") double frequent,
        @Default("4") @Range("[0, inf)") int globalTokens,
        @Default("400") @Range("[1, inf)") int historyWindow,
        @Range("[1, inf)") Optional<Integer> maxCacheLength,
        @Default("[special, \"special+punctuation\", \"special+punctuation+frequent\", "
                + "\"special+punctuation+frequent+local\", full]") List<String> policies,
        @Default("[]") List<Integer> fixed,
        @Default("false") boolean parity) {
    /** Checks the policies. */
    public FastGenConfig {
        policies = List.copyOf(policies);
        fixed = List.copyOf(fixed);
        policies.forEach(HeadPolicy::of);
        if (policies.isEmpty() || !HeadPolicy.of(policies.getLast()).full()) {
            throw new IllegalArgumentException("The last of the policies must be full, which always holds enough.");
        }
        for (int policy : fixed) {
            if (policy < 0 || policy >= policies.size()) {
                throw new IllegalArgumentException(
                        "There is no policy " + policy + ", only 0 to " + (policies.size() - 1) + ".");
            }
        }
    }

    List<HeadPolicy> heads() {
        return policies.stream().map(HeadPolicy::of).toList();
    }
}
