package lathe.snapkv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.testkit.Retrieval;

/**
 * Facts found again through what the policy leaves of them, as often as with the authors' code. With the question in the
 * window the figures are not met: of the 40 samples of data/tasks 0.65 at half and 0.23 at a quarter of the cache, where the
 * reference found 0.85 and 0.55 of 20 samples of its own.
 */
class SnapKvRetrievalTest {
    private static final int SAMPLES = 20;

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            KV_AGNOSTIC | snapkv@0.25 | compressionRatio = 0.75, window = 16
            """)
    void findsAsManyFactsAsTheAuthorsCode(Retrieval.Task task, String reference, String settings) {
        Retrieval retrieval = Retrieval.find().orElse(null);
        Assumptions.assumeTrue(retrieval != null, "The shared folder with model, tasks and figures is not there.");
        double expected = retrieval.reference(task, reference);
        assertThat(retrieval.rate(task, SAMPLES, "snapkv", settings, new SnapKvPlugin()))
                .isCloseTo(expected, within(Retrieval.spread(expected, SAMPLES)));
    }
}
