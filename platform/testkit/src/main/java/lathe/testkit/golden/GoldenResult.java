package lathe.testkit.golden;

import static java.util.Objects.requireNonNull;

import lathe.spi.Kind;

/**
 * What came of one case.
 *
 * @param kind    kind of the method
 * @param method  the method's folder
 * @param name    the case
 * @param outcome how it ended
 * @param detail  by how much results differ, or why it could not be run; empty when equal
 */
public record GoldenResult(Kind kind, String method, String name, Outcome outcome, String detail) {
    /** How a case ended. */
    public enum Outcome {
        /** All results agree. */
        EQUAL,
        /** A result differs, the method failed, or the case could not be run. */
        DIFFERS,
        /** There was nothing to run. */
        SKIPPED
    }

    /** Checks the parts. */
    public GoldenResult {
        requireNonNull(kind, "kind is null");
        requireNonNull(method, "method is null");
        requireNonNull(name, "name is null");
        requireNonNull(outcome, "outcome is null");
        requireNonNull(detail, "detail is null");
    }
}
