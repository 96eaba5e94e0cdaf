package lathe.fastgen;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a head keeps besides the first tokens.
 *
 * @param special     special tokens
 * @param punctuation punctuation
 * @param frequent    tokens with the largest mean attention
 * @param local       recent tokens
 * @param full        everything
 */
record HeadPolicy(boolean special, boolean punctuation, boolean frequent, boolean local, boolean full) {
    private static final Set<String> PARTS = Set.of("special", "punctuation", "punct", "frequent", "local", "full");

    static HeadPolicy of(String text) {
        Set<String> parts = new TreeSet<>(List.of(text.strip().split("\\s*\\+\\s*")));
        for (String part : parts) {
            if (!PARTS.contains(part)) {
                throw new IllegalArgumentException(
                        "A policy is made of special, punctuation, frequent, local or full, not '"
                                + part + "' as in '" + text + "'.");
            }
        }
        return new HeadPolicy(parts.contains("special"), parts.contains("punctuation") || parts.contains("punct"),
                parts.contains("frequent"), parts.contains("local"), parts.contains("full"));
    }

    /** Whether old tokens make room for new ones. */
    boolean evicts() {
        return frequent || local;
    }

    /** Whether a token is kept for what it is. */
    boolean keeps(TokenSort sort) {
        return special && sort.special() || punctuation && sort.punctuation();
    }

    /**
     * Sorts of a token.
     *
     * @param special     begin, end, marks of a template
     * @param punctuation only punctuation
     */
    record TokenSort(boolean special, boolean punctuation) {}
}
