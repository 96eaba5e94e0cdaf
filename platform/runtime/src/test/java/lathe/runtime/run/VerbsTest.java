package lathe.runtime.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.report.NodeRow;
import lathe.report.NodeStatus;
import lathe.report.ResultRow;
import lathe.runtime.config.Overrides;
import lathe.spi.LatheException;

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

    @Test
    void comparesWithTheFirstModelByPairsOfWindows() throws IOException {
        RunResult result = run("half { prune = magnitude, of = dense }\n"
                + "apart { compare = [dense, half], metrics = [loss-difference, perplexity-ratio, kl, bytes, perplexity]"
                + JUDGED + "alone { evaluate = [dense, half], metrics = [perplexity]" + JUDGED);
        assertThat(result.report().results()).filteredOn(row -> row.node().equals("apart"))
                .allMatch(row -> row.subject().equals("half")).hasSize(5);
        ResultRow difference = row(result, "apart", "half", "loss-difference");
        double ratio = value(result, "alone", "half", "perplexity") / value(result, "alone", "dense", "perplexity");
        assertThat(value(result, "apart", "half", "perplexity-ratio")).isCloseTo(ratio, within(1e-6 * ratio));
        assertThat(Math.exp(difference.value())).isCloseTo(ratio, within(1e-6 * ratio));
        assertThat(difference.low()).isLessThan(difference.value());
        assertThat(difference.high() - difference.low()).isLessThan(1.0);
        assertThat(value(result, "apart", "half", "bytes-difference")).isNegative();
        assertThat(value(result, "apart", "half", "kl")).isPositive();
    }

    @Test
    void comparingAModelWithItselfFindsNothing() throws IOException {
        RunResult result = run("same { serve = dense }\napart { compare = [dense, same]" + JUDGED);
        assertThat(value(result, "apart", "same", "loss-difference")).isZero();
        assertThat(value(result, "apart", "same", "top1-agreement")).isOne();
        assertThat(problems("apart { compare = dense, on = \"text.txt\" }"))
                .contains("compare needs two models or more");
    }

    @Test
    void factorsTakeThePlaceOfWeights() throws IOException {
        RunResult result = run("low { factorize = columns, of = dense, rank = 8, targets = [gate] }\n"
                + "quality { evaluate = [dense, low], metrics = [perplexity, bytes]" + JUDGED);
        assertThat(value(result, "quality", "low", "bytes")).isLessThan(value(result, "quality", "dense", "bytes"));
        assertThat(value(result, "quality", "low", "perplexity"))
                .isGreaterThan(value(result, "quality", "dense", "perplexity"));
        assertThat(problems("low { factorize = columns, of = dense }\nagain { prune = magnitude, of = low }"))
                .contains("'low' holds factors, and magnitude works on whole weights");
        assertThat(problems("low { factorize = svd, of = dense }"))
                .contains("There is no factorizer method 'svd'.", "Installed: columns.");
    }

    @Test
    void aMergeOfAModelWithItselfIsTheModel() throws IOException {
        RunResult result = run("half { prune = magnitude, of = dense }\nboth { merge = mean, of = [dense, dense-2] }\n"
                + "mixed { merge = mean, of = [dense, half] }\ndense-2 { load = \"" + TINY + "\" }\n"
                + "quality { evaluate = [dense, both, half, mixed], metrics = [perplexity]" + JUDGED);
        double dense = value(result, "quality", "dense", "perplexity");
        assertThat(value(result, "quality", "both", "perplexity")).isEqualTo(dense);
        assertThat(value(result, "quality", "mixed", "perplexity"))
                .isBetween(dense, value(result, "quality", "half", "perplexity"));
        assertThat(problems("one { merge = mean, of = dense }")).contains("mean makes one model of 2 or more");
    }

    @Test
    void exportsIntoTheRunsFolderWhatCanBeLoadedAgain() throws IOException {
        String nodes = "half { prune = magnitude, of = dense }\nwritten { export = half, type = f32 }\n"
                + "quality { evaluate = [half], metrics = [perplexity]" + JUDGED;
        RunResult result = run(nodes);
        Path written = result.folder().resolve("written");
        assertThat(written.resolve("config.json")).isNotEmptyFile();
        assertThat(value(result, "written", "written", "bytes")).isPositive();
        RunResult again = runner.run(Files.writeString(folder.resolve("y.conf"), "graph { copy { load = \"" + written
                + "\" }\nquality { evaluate = [copy], metrics = [perplexity]" + JUDGED + "}"),
                RunOptions.in(folder.resolve("runs")));
        assertThat(value(again, "quality", "copy", "perplexity"))
                .isEqualTo(value(result, "quality", "half", "perplexity"));
        assertThat(problems("written { export = dense, to = \"" + written + "\" }")).contains("is there already");
        assertThat(problems("written { export = dense, layout = awk }")).contains("There is no layout 'awk'",
                "Did you mean awq?");
    }

    @Test
    void aStepGetsFoldersOfModelsAndTextAndItsFilesAreKept() throws IOException {
        String nodes = "half { prune = magnitude, of = dense }\nnumbers { data = lines, lines = 9 }\n"
                + "seen { step = looking, of = [dense, half, numbers] }\nmore { step = looking, of = seen }\n";
        RunResult result = run(nodes);
        assertThat(value(result, "seen", "seen", "inputs")).isEqualTo(3);
        RunResult again = run(nodes);
        assertThat(states(again)).containsEntry("seen", NodeStatus.CACHED).containsEntry("more", NodeStatus.CACHED);
        assertThat(value(again, "seen", "seen", "inputs")).isEqualTo(3);
        try (Stream<Path> stored = Files.walk(folder.resolve("runs/.store/objects"))) {
            assertThat(stored.filter(path -> path.endsWith("said/lines.txt")).map(VerbsTest::read))
                    .containsExactlyInAnyOrder("dense [config.json, model.safetensors]\n"
                            + "half [config.json, model.safetensors]\nnumbers [documents.jsonl]",
                            "seen [said/lines.txt]");
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void theModelOfAStepGoesOnThroughTheGraph() throws IOException {
        String nodes = "copied { step = copying, of = dense }\nhalf { prune = magnitude, of = copied }\n"
                + "plain { prune = magnitude, of = dense }\nquality { evaluate = [dense, copied, half, plain]" + JUDGED;
        for (RunOptions options : List.of(RunOptions.in(folder.resolve("runs")).withoutStore(),
                RunOptions.in(folder.resolve("runs")), RunOptions.in(folder.resolve("runs")))) {
            RunResult result = runner.run(write(nodes), options);
            assertThat(value(result, "quality", "copied", "perplexity"))
                    .isEqualTo(value(result, "quality", "dense", "perplexity"));
            assertThat(value(result, "quality", "half", "perplexity"))
                    .isEqualTo(value(result, "quality", "plain", "perplexity"));
            assertThat(row(result, "copied", "copied", "logit").value()).isFinite();
        }
    }

    @Test
    void aDataNodeGivesTextForCalibrationAndJudgement() throws IOException {
        String nodes = "numbers { data = lines, lines = 40 }\n"
                + "half { prune = wanda, of = dense, calibration { data = numbers, sequences = 4, length = 32 } }\n"
                + "quality { evaluate = [dense, half], on = numbers, window = 64, windows = 4 }\n"
                + "asked { data = passkey, count = 2 }\nquality-2 { evaluate = dense, on = asked, window = 64 }\n";
        RunResult result = run(nodes);
        assertThat(value(result, "quality", "half", "perplexity"))
                .isNotEqualTo(value(result, "quality", "dense", "perplexity"));
        assertThat(value(result, "quality-2", "dense", "perplexity")).isPositive();
        assertThat(problems(nodes + "bad { prune = magnitude, of = numbers }\nworse { step = looking, of = quality }"))
                .contains("prune wants a model, but 'numbers' (data) gives text.",
                        "step wants a model, but 'quality' (evaluate) gives numbers.");
    }

    @Test
    void typesAreCheckedEvenWhereTheRestOfANodeIsWrong() throws IOException {
        assertThat(problems("quality { evaluate = dense, on = \"text.txt\" }\n"
                + "half { prune = magnitude, of = quality, sparsity = 2 }\nmore { tune = lora, of = quality }"))
                .contains("graph.half.sparsity: ", "prune wants a model, but 'quality' (evaluate) gives numbers.",
                        "cannot train a model in an experiment",
                        "tune wants a model, but 'quality' (evaluate) gives numbers.");
    }

    @Test
    void tasksThatDoNotDependOnEachOtherGiveTheSameDigitsSideBySide() throws IOException {
        String nodes = "half { prune = magnitude, of = dense }\nfew { prune = wanda, of = dense, " + TEXT + " }\n"
                + "bad { prune = failing, of = dense }\nbits { quantize = rtn, of = bad }\n"
                + "random { serve = half, cache { use = h2o, budget = 16 } }\n"
                + "quality { evaluate = [dense, half, few, bits, random], metrics = [perplexity, kl, top1-agreement]"
                + JUDGED;
        Path file = write(nodes);
        RunOptions options = RunOptions.in(folder.resolve("runs")).withoutStore();
        RunResult alone = runner.run(file, options);
        RunResult beside = runner.run(file, options.withJobs(4));
        assertThat(beside.report().results()).isEqualTo(alone.report().results()).isNotEmpty();
        assertThat(states(beside)).isEqualTo(states(alone)).containsEntry("bad", NodeStatus.FAILED)
                .containsEntry("bits", NodeStatus.SKIPPED).containsEntry("few", NodeStatus.DONE);
    }

    @Test
    void aGeneratedModelIsMadeOnceAndPricedBefore() throws IOException {
        String nodes = "small { load { use = random-model, layers = 2, hidden = 64, width = 128, heads = 4, kv-heads = 2, "
                + "vocabulary = 300 } }\nhalf { prune = magnitude, of = small }\n"
                + "quality { evaluate = [small, half], metrics = [perplexity, bytes]" + JUDGED;
        PlanResult plan = runner.check(write(nodes), Overrides.NONE);
        assertThat(plan.problems()).isEmpty();
        assertThat(plan.nodes()).allMatch(node -> node.price().isPresent());
        RunResult result = run(nodes);
        // The tokens are bytes, and the model knows nothing.
        assertThat(value(result, "quality", "small", "perplexity")).isBetween(290.0, 330.0);
        double bytes = value(result, "quality", "small", "bytes");
        assertThat(plan.nodes().get(1).price().orElseThrow().disk()).isEqualTo((long) bytes);
        RunResult again = run(nodes + "other { prune = magnitude, of = small, sparsity = 0.3 }\n");
        assertThat(states(again)).containsEntry("small", NodeStatus.CACHED).containsEntry("other", NodeStatus.DONE);
    }

    @Test
    void expectsTheTimeThatTheSameWorkTookBeforeAndOfOtherWorkAsMuchMore() throws IOException {
        String nodes = "half { prune = wanda, of = dense, " + TEXT + ", sparsity = %s }\n";
        RunOptions options = RunOptions.in(folder.resolve("runs"));
        double computed = seconds(runner.check(write(nodes.formatted("0.5")), options));
        RunResult result = runner.run(write(nodes.formatted("0.5")), options);
        double taken = result.report().nodes().get(1).seconds();

        assertThat(seconds(runner.check(write(nodes.formatted("0.5")), options))).isEqualTo(taken);
        double other = seconds(runner.check(write(nodes.formatted("0.4")), options));
        // The speed of the machine is measured for every plan, so that computed times differ a little.
        assertThat(other / taken).isBetween(0.05, 20.0);
        Path times = folder.resolve("runs/.store/times.tsv");
        String line = Files.readAllLines(times).getLast();
        assertThat(line.split("\t")).hasSize(4).contains("prune wanda", Double.toString(taken));
        Files.writeString(times, line + "\nb\tprune wanda\tNaN\t1\nnonsense\n\t\t\t\nc\tprune wanda\t1");
        assertThat(seconds(runner.check(write(nodes.formatted("0.5")), options))).isEqualTo(taken);
        Files.writeString(times, "b\tprune wanda\t1\t1000000\n".repeat(3));
        assertThat(seconds(runner.check(write(nodes.formatted("0.5")), options))).isGreaterThan(1e4 * computed);
    }

    private static double seconds(PlanResult plan) {
        assertThat(plan.problems()).isEmpty();
        return plan.nodes().get(1).price().orElseThrow().seconds();
    }

    @Test
    void whatDoesNotFitIsSaidBeforeAnythingRuns() throws IOException {
        String huge = "huge { load { use = random-model, layers = 80, hidden = 8192, width = 28672, heads = 64, "
                + "kv-heads = 8, vocabulary = 128256 } }\nbits { prune = wanda, of = huge, " + TEXT + " }\n";
        PlanResult plan = runner.check(write(huge), RunOptions.in(folder.resolve("runs")).withMemory(1L << 30, false));
        assertThat(plan.problems()).isEmpty();
        assertThat(plan.nodes().get(1).price().orElseThrow().disk()).isBetween(140_000_000_000L, 142_000_000_000L);
        assertThat(plan.misfits()).anyMatch(sentence -> sentence.matches(
                ".*x.conf:5: graph.bits: bits is expected to take \\S+ GiB of memory, but there are 1.00 GiB: .*"))
                .anyMatch(sentence -> sentence.contains("on disk"));
        assertThatThrownBy(() -> runner.run(write(huge), RunOptions.in(folder.resolve("runs"))))
                .isInstanceOf(LatheException.class).hasMessageContaining("Nothing was started");
        assertThat(folder.resolve("runs/x")).doesNotExist();
    }

    @Test
    void calibrationSaysItsMemoryInBytes() throws IOException {
        assertThat(problems("half { prune = wanda, of = dense, calibration { data = \"text.txt\", memory = many } }"))
                .contains("graph.half.calibration.memory: This must be a number of bytes, such as \"512 MiB\".");
    }

    @Test
    void activationsInAFileGiveTheSameDigitsAsInMemory() throws IOException {
        String half = "half { prune = wanda, of = dense, calibration { data = \"text.txt\", sequences = 4, length = 32, "
                + "memory = %s } }\nquality { evaluate = [half], metrics = [perplexity]" + JUDGED;
        RunOptions options = RunOptions.in(folder.resolve("runs")).withoutStore();
        RunResult memory = runner.run(write(half.formatted("1GiB")), options);
        RunResult file = runner.run(write(half.formatted("0")), options);
        assertThat(value(file, "quality", "half", "perplexity"))
                .isEqualTo(value(memory, "quality", "half", "perplexity"));
        assertThat(file.report().warnings()).anyMatch(note -> note.contains("lie in a temporary file"));
        assertThat(memory.report().warnings()).isEmpty();
    }
}
