package lathe.report;

import java.util.Arrays;

/** What a run says of a claim. */
public enum ClaimVerdict {
    /** The results agree with it. */
    HOLDS("holds"),
    /** The results contradict it. */
    FAILS("fails"),
    /** It speaks of something that is not here, such as a GPU or a model. */
    NOT_TESTABLE("not testable here"),
    /** The results that it speaks of could not be had, because a node failed or the untouched model is not what it should be. */
    NOT_JUDGED("not judged");

    private final String words;

    ClaimVerdict(String words) {
        this.words = words;
    }

    /**
     * @return as it is printed and stands in files
     */
    public String words() {
        return words;
    }

    /**
     * @param words words of {@link #words()}
     * @return their verdict
     * @throws IllegalArgumentException when there is no such verdict
     */
    public static ClaimVerdict ofWords(String words) {
        return Arrays.stream(values()).filter(verdict -> verdict.words.equals(words)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No such verdict: " + words));
    }
}
