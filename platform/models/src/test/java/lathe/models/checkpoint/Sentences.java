package lathe.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

import lathe.spi.LatheException;

/** What is expected of an error message for a user. */
public final class Sentences {
    private Sentences() {}

    /** Runs something that must be refused, and checks that the refusal is a printable sentence with some words in it. */
    public static void assertRefused(ThrowingCallable action, String... words) {
        Throwable thrown = catchThrowable(action);
        assertThat(thrown).isInstanceOf(LatheException.class);
        assertPrintable(thrown.getMessage());
        assertThat(thrown.getMessage()).contains(words);
    }

    /** Checks that a message is a sentence without control characters and not absurdly long. */
    public static void assertPrintable(String message) {
        assertThat(message).hasSizeLessThan(1500).endsWith(".");
        assertThat(message.chars().noneMatch(c -> Character.getType(c) == Character.CONTROL
                || Character.getType(c) == Character.FORMAT)).as("no control characters in " + message).isTrue();
    }
}
