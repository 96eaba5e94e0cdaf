package lathe.flap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.testkit.EndToEnd;

/** The whole way on a real model: found on the class path, run by an experiment, judged as the authors' code was. */
class FlapEndToEndTest {
    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            pruners.json | flap-20 | prune = flap, pruningRatio = 0.2
            """)
    void reachesThePerplexityOfTheAuthorsCode(String file, String result, String node) {
        EndToEnd whole = EndToEnd.find().orElse(null);
        Assumptions.assumeTrue(whole != null,
                "The shared folder with model, texts and reference figures is not there.");
        assertThat(whole.perplexity(node + ", " + whole.calibration(), folder))
                .isCloseTo(whole.reference(file, result), Percentage.withPercentage(1));
    }
}
