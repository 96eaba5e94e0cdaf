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
 * @param detail  by how much results differ, what was not computed, or why it could not be run; empty when equal
 */
public record GoldenResult(Kind kind, String method, String name, Outcome outcome, String detail) {
    /** How a case ended. */
    public enum Outcome {
        /** All results agree. */
        EQUAL,
        /** A result differs, or the method failed. */
        DIFFERS,
        /**
         * What was computed agrees, but the case asks for more: for gradients, or for an operation that nothing offers.
         */
        INCOMPLETE,
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
