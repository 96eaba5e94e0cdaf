package lathe.spi;

import static java.util.Objects.requireNonNull;

/**
 * Why a method cannot do what a plan asks of it: a value, not an exception, because it is found out at planning time and
 * many can be reported together.
 *
 * @param reason a sentence for the user
 */
public record Refusal(String reason) {
    /** Checks the reason. */
    public Refusal {
        requireNonNull(reason, "reason is null");
        if (reason.isBlank()) {
            throw new IllegalArgumentException("A refusal needs a reason.");
        }
    }

    /**
     * A refusal with its reason.
     *
     * @param reason a sentence for the user
     * @return the refusal
     */
    public static Refusal because(String reason) {
        return new Refusal(reason);
    }
}
