package lathe.streamingllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.testkit.Retrieval;

/** Facts found again through what the policy leaves of them, as often as with the authors' code. */
class StreamingCacheRetrievalTest {
    private static final int SAMPLES = 20;

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            KV_AWARE | streaming-llm@0.5 | compressionRatio = 0.5, sinks = 4
            """)
    void findsAsManyFactsAsTheAuthorsCode(Retrieval.Task task, String reference, String settings) {
        Retrieval retrieval = Retrieval.find().orElse(null);
        Assumptions.assumeTrue(retrieval != null, "The shared folder with model, tasks and figures is not there.");
        double expected = retrieval.reference(task, reference);
        assertThat(retrieval.rate(task, SAMPLES, "streaming-llm", settings, new StreamingLlmPlugin()))
                .isCloseTo(expected, within(Retrieval.spread(expected, SAMPLES)));
    }
}
