package lathe.expertchoice;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of expert choice.
 *
 * @param f           experts that a token has on average; an expert takes f * tokens / experts of them, rounded up
 * @param capacity    tokens that an expert takes, as an absolute number; instead of f
 * @param group       which tokens an expert chooses among: those of each sequence, or of the whole batch
 * @param singleToken what a group of one token does, as in generation, where every expert would take it: token-choice
 *                    sends it to its f best experts, refuse ends the run with a sentence
 */
public record ExpertChoiceConfig(
        @Default("2") @Range("(0, inf)") double f,
        @Range("[1, inf)") Optional<Integer> capacity,
        @Default("sequence") Group group,
        @Default("token-choice") SingleToken singleToken) {
    /** Which tokens an expert chooses among. */
    public enum Group {
        /** Those of each sequence. */
        SEQUENCE,
        /** Those of the whole batch. */
        BATCH
    }

    /** What a group of one token does. */
    public enum SingleToken {
        /** The token goes to its f best experts. */
        TOKEN_CHOICE,
        /** The run ends with a sentence. */
        REFUSE
    }
}
