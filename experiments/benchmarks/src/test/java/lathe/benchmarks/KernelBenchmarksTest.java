package lathe.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.RunnerException;

class KernelBenchmarksTest {
    @Test
    void tellsThatAnotherBenchmarkIsRunning() {
        RunnerException locked = new RunnerException(
                "ERROR: Another JMH instance might be running. Unable to acquire the JMH lock (jmh.lock), exiting.");
        assertThat(KernelBenchmarks.sentence(locked)).startsWith("Another benchmark").endsWith("wait for its end.");
    }

    @Test
    void namesWhatFailedAndHowToLearnWhere() {
        assertThat(KernelBenchmarks.sentence(new RunnerException("The weights are misshapen")))
                .contains("The weights are misshapen").contains("--debug");
    }
}
