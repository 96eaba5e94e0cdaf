package lathe.runtime.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.report.NodeRow;
import lathe.report.NodeStatus;
import lathe.report.ResultRow;
import lathe.runtime.config.Overrides;

/** Verbs beyond prune, quantize, serve, evaluate and benchmark, on the model that comes with Lathe. */
class VerbsTest {
    private static final Path ROOT = Path.of(System.getProperty("lathe.root", "../.."));
    private static final Path TINY = ROOT.resolve("experiments/models/lathe-tiny").toAbsolutePath().normalize();
    private static final String TEXT = "calibration { data = \"text.txt\", sequences = 4, length = 32 }";
    private static final String JUDGED = ", on = \"text.txt\", window = 64, windows = 4 }\n";

    @TempDir
    Path folder;

    private final LatheRunner runner = LatheRunner.of(TestVerbs.registry());

    @BeforeEach
    void text() throws IOException {
        String book = Files.readString(ROOT.resolve("experiments/data/pride-and-prejudice.txt"));
        Files.writeString(folder.resolve("text.txt"), book.substring(20_000, 24_000));
    }

    private RunResult run(String nodes) throws IOException {
        return runner.run(write(nodes), RunOptions.in(folder.resolve("runs")));
    }

    private Path write(String nodes) throws IOException {
        return Files.writeString(folder.resolve("x.conf"), "name = x, seed = 3\ngraph {\n  dense { load = \"" + TINY
                + "\" }\n" + nodes + "\n}\n");
    }

    private String problems(String nodes) throws IOException {
        return runner.check(write(nodes), Overrides.NONE).problems().stream().map(Object::toString)
                .collect(Collectors.joining("\n"));
    }

    private static double value(RunResult result, String node, String subject, String metric) {
        assertThat(result.report().warnings()).filteredOn(warning -> warning.contains("failed")).isEmpty();
        return row(result, node, subject, metric).value();
    }

    private static ResultRow row(RunResult result, String node, String subject, String metric) {
        return result.report().results().stream()
                .filter(row -> row.node().equals(node) && row.subject().equals(subject) && row.metric().equals(metric))
                .findFirst().orElseThrow();
    }

    private static Map<String, NodeStatus> states(RunResult result) {
        return result.report().nodes().stream().collect(Collectors.toMap(NodeRow::name, NodeRow::status));
    }

    @Test
    void aCarvedModelWithAllExpertsActiveIsTheDenseOne() throws IOException {
        RunResult result = run("all { convert = busiest, of = dense, routed = 4, active = 4, " + TEXT + " }\n"
                + "some { convert = busiest, of = dense, routed = 4, active = 1, " + TEXT + " }\n"
                + "quality { evaluate = [dense, all, some], metrics = [perplexity, kl, bytes]" + JUDGED);
        double dense = value(result, "quality", "dense", "perplexity");
        assertThat(value(result, "quality", "all", "perplexity")).isCloseTo(dense, within(1e-3 * dense));
        assertThat(value(result, "quality", "some", "perplexity")).isGreaterThan(1.001 * dense);
        // Experts have the bytes of the dense network; the router and its bias come on top.
        double added = 8 * (4.0 * 256 + 4) * 4;
        assertThat(value(result, "quality", "all", "bytes") - value(result, "quality", "dense", "bytes"))
                .isBetween(0.1 * added, 2 * added);
    }

    @Test
    void aCarvedModelIsTakenUpFromTheStoreWithItsRouter() throws IOException {
        String carved = "carved { convert = busiest, of = dense, targets = [\"blocks.1.*\", \"blocks.2.*\"], " + TEXT
                + " }\nserved { serve = carved, cache { use = h2o, compression_ratio = 0.5 } }\n";
        RunResult first = run(carved + "quality { evaluate = [carved, served]" + JUDGED);
        double before = value(first, "quality", "carved", "perplexity");
        RunResult again = run(carved + "pruned { prune = wanda, of = carved, " + TEXT + " }\n"
                + "quality { evaluate = [dense, carved, pruned]" + JUDGED);
        assertThat(value(again, "quality", "carved", "perplexity")).isEqualTo(before);
        assertThat(states(again)).containsEntry("carved", NodeStatus.CACHED).containsEntry("pruned", NodeStatus.DONE);
        assertThat(value(again, "quality", "pruned", "perplexity")).isGreaterThan(before);
    }

    @Test
    void carvingIsRefusedWithoutText() throws IOException {
        assertThat(problems("carved { convert = busiest, of = dense }"))
                .endsWith("x.conf:4: graph.carved: busiest looks "
                        + "at activations and needs text for that: add calibration { data = \"some.txt\" }.");
    }
}
