package lathe.rsq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.testkit.EndToEnd;

/** The whole way on a real model. There are no figures of the authors' code for it. */
class RsqEndToEndTest {
    @TempDir
    Path folder;

    /** With eight bits nothing but the rotation is left, and it leaves the model as it is. */
    @Test
    void rotatesTheModelWithoutChangingWhatItComputes() {
        EndToEnd whole = EndToEnd.find().orElse(null);
        Assumptions.assumeTrue(whole != null,
                "The shared folder with model, texts and reference figures is not there.");
        assertThat(whole.perplexity("quantize = rsq, bits = 8, " + whole.calibration(), folder))
                .isCloseTo(whole.reference("pruners.json", "dense"), Percentage.withPercentage(0.5));
    }
}
