package lathe.engine.check;

import java.util.List;

/**
 * What became of a case.
 *
 * @param differences what is not equal, a sentence each; empty if all that was computed is right
 * @param computed    results that were computed and compared
 * @param uncomputed  expected results that nothing here computes, such as gradients
 */
public record OperatorFinding(List<String> differences, List<String> computed, List<String> uncomputed) {
    /** Copies the lists. */
    public OperatorFinding {
        differences = List.copyOf(differences);
        computed = List.copyOf(computed);
        uncomputed = List.copyOf(uncomputed);
    }
}
