package lathe.runtime.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.report.NodeRow;
import lathe.report.NodeStatus;
import lathe.report.ResultRow;
import lathe.report.ResultsFile;
import lathe.runtime.config.ExperimentException;
import lathe.runtime.config.Overrides;
import lathe.runtime.graph.TestMethods;
import lathe.spi.LatheException;

/** Whole runs on the model that comes with Lathe, with few and short windows. */
class LatheRunnerTest {
    private static final Path ROOT = Path.of(System.getProperty("lathe.root", "../.."));
    private static final Path TINY = ROOT.resolve("experiments/models/lathe-tiny").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    private final LatheRunner runner = LatheRunner.of(TestMethods.registry());

    @BeforeEach
    void text() throws IOException {
        String book = Files.readString(ROOT.resolve("experiments/data/pride-and-prejudice.txt"));
        Files.writeString(folder.resolve("text.txt"), book.substring(20_000, 24_000));
    }

    private Path write(String nodes) throws IOException {
        return Files.writeString(folder.resolve("x.conf"), "name = x, seed = 3\ngraph {\n  dense { load = \"" + TINY
                + "\" }\n" + nodes + "\n}\n");
    }

    private RunOptions options() {
        return RunOptions.in(folder.resolve("runs"));
    }

    private static Map<String, NodeRow> nodes(RunResult result) {
        return result.report().nodes().stream().collect(Collectors.toMap(NodeRow::name, Function.identity()));
    }

    private static double value(RunResult result, String node, String subject, String metric) {
        return result.report().results().stream()
                .filter(row -> row.node().equals(node) && row.subject().equals(subject) && row.metric().equals(metric))
                .mapToDouble(ResultRow::value).findFirst().orElseThrow();
    }

    private static final String WHOLE = """
              pruned { prune = wanda, of = dense, calibration { data = "text.txt", sequences = 4, length = 32 } }
              grouped { prune = magnitude, of = dense, pattern = "2:4", targets = ["blocks.0.*", "gate"], ignore = ["re:.*[qk]"] }
              served { serve = pruned, attention { use = streaming-llm }, cache { use = h2o, compression_ratio = 0.5 } }
              quality { evaluate = [dense, pruned, grouped, served], on = "text.txt", metrics = [perplexity, kl, bytes]
                        window = 64, windows = 4 }
              speed { benchmark = [dense, served], prompt = 32, generate = 4, repeats = 1 }
            """;

    @Test
    void runsAWholeExperimentAndLeavesAFolder() throws IOException {
        RunResult result = runner.run(write(WHOLE), options());
        assertThat(result.report().warnings()).isEmpty();
        assertThat(result.succeeded()).isTrue();
        assertThat(value(result, "quality", "dense", "perplexity")).isBetween(10.0, 100.0);
        assertThat(value(result, "quality", "pruned", "kl")).isBetween(1e-4, 2.0);
        assertThat(value(result, "quality", "pruned", "bytes"))
                .isLessThan(0.75 * value(result, "quality", "dense", "bytes"));
        assertThat(value(result, "quality", "served", "bytes"))
                .isEqualTo(value(result, "quality", "pruned", "bytes"));
        assertThat(value(result, "speed", "served", "cache-bytes"))
                .isLessThan(value(result, "speed", "dense", "cache-bytes"));
        for (String file : List.of("resolved.conf", "lineage.json", "results.json", "results.csv", "report.html",
                "log")) {
            assertThat(result.folder().resolve(file)).isNotEmptyFile();
        }
        assertThat(Files.readString(result.folder().resolve("lineage.json")))
                .contains("\"bundle\": \"test-methods\"", "\"seed\": 3", "text.txt");
    }

    @Test
    void lendsTheModelOfANodeMakingItOnceAndNothingThatItDoesNotNeed() throws IOException {
        Path file = write(WHOLE);
        List<NodeRow> ended = new ArrayList<>();
        RunOptions heard = options().with(new ProgressListener() {
            @Override
            public void nodeFinished(String node, NodeRow row) {
                ended.add(row);
            }
        });
        List<float[]> logits = new ArrayList<>();
        for (String node : List.of("served", "served", "pruned")) {
            runner.lend(file, node, heard, lent -> {
                int[] prompt = lent.tokenizer().encode("It was");
                logits.add(lent.model().logits(prompt, lent.scope()).row(1).toFloats());
                assertThat(lent.model().plan().attention().isPresent()).isEqualTo(node.equals("served"));
            });
        }
        assertThat(ended).extracting(row -> row.name() + " " + row.status().word()).containsExactly("dense done",
                "pruned done", "served done", "dense cached", "pruned cached", "served done", "dense cached",
                "pruned cached");
        assertThat(logits.get(1)).containsExactly(logits.get(0));
        assertThatThrownBy(() -> runner.lend(file, "servd", heard, lent -> {})).isInstanceOf(LatheException.class)
                .hasMessageContaining("no node 'servd'").hasMessageContaining("served");
    }

    @Test
    void takesUpStoredResultsAndComputesOnlyWhatChanged() throws IOException {
        Path file = write(WHOLE);
        RunResult first = runner.run(file, options());
        RunResult second = runner.run(file, options());
        assertThat(second.report().nodes()).extracting(NodeRow::status).containsOnly(NodeStatus.CACHED);
        assertThat(second.report().results()).isEqualTo(first.report().results());

        RunOptions changed = options().with(Overrides.of("graph.pruned.sparsity=0.7"));
        PlanResult plan = runner.check(file, changed);
        assertThat(plan.nodes()).filteredOn(node -> node.name().equals("pruned")).singleElement()
                .extracting(PlannedNode::reason).isEqualTo("wanda.sparsity changed from 0.5 to 0.7");
        assertThat(plan.nodes()).filteredOn(node -> node.name().equals("grouped")).singleElement()
                .extracting(PlannedNode::cached).isEqualTo(true);
        PlanResult fewer = runner.check(file,
                options().with(Overrides.of("graph.quality.metrics=[perplexity, bytes]")));
        assertThat(fewer.nodes()).filteredOn(node -> node.name().startsWith("quality: ")).hasSize(4)
                .extracting(PlannedNode::reason).contains("metric kl removed").allMatch(line -> line.length() <= 100);
        RunResult third = runner.run(file, changed);
        Map<String, NodeRow> nodes = nodes(third);
        assertThat(nodes.get("pruned").status()).isEqualTo(NodeStatus.DONE);
        assertThat(nodes.get("grouped").status()).isEqualTo(NodeStatus.CACHED);
        assertThat(value(third, "quality", "dense", "perplexity"))
                .isEqualTo(value(first, "quality", "dense", "perplexity"));
        assertThat(value(third, "quality", "pruned", "bytes")).isLessThan(value(first, "quality", "pruned", "bytes"));
    }

    @Test
    void asksEverySubjectTheSameQuestionsThroughItsCache() throws IOException {
        Path file = write("""
                  all { serve = dense, cache { use = h2o, budget = 1024 } }
                  few { serve = dense, cache { use = h2o, budget = 8 } }
                  answers { evaluate = [dense, all, few], on = "text.txt"
                            metrics = [{ use = accuracy, task { use = key-value, pairs = 6 }, samples = 8 }] }
                """);
        RunResult result = runner.run(file, options());
        assertThat(result.report().warnings()).isEmpty();
        double dense = value(result, "answers", "dense", "accuracy");
        assertThat(dense).isGreaterThan(0.6);
        assertThat(value(result, "answers", "all", "accuracy")).isEqualTo(dense);
        assertThat(value(result, "answers", "few", "accuracy")).isLessThan(0.4);
        assertThat(result.report().results()).extracting(ResultRow::protocol).containsOnly("key-value-pairs-6");
    }

    @Test
    void saysThatATaskIsNotThere() throws IOException {
        Path file = write("""
                  answers { evaluate = dense, on = "text.txt", metrics = [{ use = accuracy, task = key-valeu }] }
                """);
        assertThat(runner.check(file, Overrides.NONE).problems()).singleElement().asString()
                .contains("x.conf:4", "key-valeu", "key-value");
    }

    @Test
    void givesTheSameDigitsFromTheStoreAsFromMemory() throws IOException {
        RunResult whole = runner.run(write(WHOLE), options().withoutStore());
        runner.run(write(WHOLE.replaceAll("(?s)quality.*", "")), options());
        RunResult resumed = runner.run(write(WHOLE), options());
        assertThat(nodes(resumed).get("pruned").status()).isEqualTo(NodeStatus.CACHED);
        for (String subject : List.of("dense", "pruned", "grouped", "served")) {
            assertThat(value(resumed, "quality", subject, "perplexity"))
                    .isEqualTo(value(whole, "quality", subject, "perplexity"));
        }
    }

    @Test
    void goesOnInsideANodeThatWasCutOffToTheSameDigits() throws IOException {
        String nodes = """
                  cut { prune = cut-off, of = dense, calibration { data = "text.txt", sequences = 4, length = 32 } }
                  quality { evaluate = cut, on = "text.txt", window = 64, windows = 4 }
                """;
        double whole = value(runner.run(write(nodes), options().withoutStore()), "quality", "cut", "perplexity");

        TestMethods.CALLS_LEFT.set(3 * 7 + 2);
        RunResult cut = runner.run(write(nodes), options());
        assertThat(nodes(cut).get("cut").error()).isEqualTo("The power went off.");

        TestMethods.CALLS_LEFT.set(1000);
        RunResult resumed = runner.run(write(nodes), options());
        assertThat(1000 - TestMethods.CALLS_LEFT.get()).as("calls for the three blocks that were left")
                .isEqualTo(3 * 7);
        assertThat(value(resumed, "quality", "cut", "perplexity")).isEqualTo(whole);
        try (Stream<Path> kept = Files.walk(folder.resolve("runs/.store/objects"))) {
            assertThat(kept.filter(path -> path.toString().contains("-block-"))).isEmpty();
        }
    }

    /** Interrupts a thread when a node reports something, and waits until the thread has seen it. */
    private static ProgressListener interrupting(Thread waiting, String unit) {
        return interrupting(waiting, unit, run -> {});
    }

    /** The same; then, while the node is still at work, looks at the run's folder. */
    private static ProgressListener interrupting(Thread waiting, String unit, Consumer<Path> look) {
        return new ProgressListener() {
            private Path run;

            @Override
            public void started(String name, int nodes, Path folder) {
                run = folder;
            }

            @Override
            public void nodeProgress(String node, long done, long total, String what) {
                if (what.equals(unit)) {
                    waiting.interrupt();
                    while (waiting.isInterrupted() || waiting.getState() != Thread.State.WAITING) {
                        Thread.onSpinWait();
                    }
                    look.accept(run);
                }
            }
        };
    }

    @Test
    void stopsInOrderWhenInterruptedAndGoesOnAfterTheLastFinishedBlock() throws IOException {
        String nodes = """
                  first { prune = magnitude, of = dense }
                  cut { prune = cut-off, of = dense, calibration { data = "text.txt", sequences = 4, length = 32 } }
                  bad { prune = failing, of = dense }
                  quality { evaluate = [first, cut], on = "text.txt", window = 64, windows = 4 }
                """;
        TestMethods.CALLS_LEFT.set(1000);
        double whole = value(runner.run(write(nodes), options().withoutStore()), "quality", "cut", "perplexity");
        String early = nodes.replaceAll("(?s)cut \\{.*", "");
        runner.run(write(early), options());

        List<NodeRow> interim = new ArrayList<>();
        RunResult stopped = runner.run(write(nodes), options().with(interrupting(Thread.currentThread(), "block 2",
                run -> interim.addAll(interim(run)))));
        assertThat(interim).as("the report of a run whose end nobody waits for")
                .extracting(NodeRow::status).contains(NodeStatus.CACHED, NodeStatus.INTERRUPTED);
        Map<String, NodeRow> rows = nodes(stopped);
        assertThat(rows.get("first").status()).isEqualTo(NodeStatus.CACHED);
        assertThat(rows.get("cut").status()).isEqualTo(NodeStatus.INTERRUPTED);
        assertThat(rows.get("cut").error()).startsWith("Interrupted at work.");
        assertThat(rows.get("bad").status()).as("a node that would have failed").isEqualTo(NodeStatus.INTERRUPTED);
        assertThat(rows.get("quality").status()).isEqualTo(NodeStatus.INTERRUPTED);
        assertThat(stopped.succeeded()).isFalse();
        assertThat(stopped.report().warnings()).anyMatch(line -> line.startsWith("The run was interrupted"));
        assertThat(Files.readString(stopped.folder().resolve("results.json"))).contains("interrupted");
        assertThat(stopped.folder().resolve("report.html")).isNotEmptyFile();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();

        TestMethods.CALLS_LEFT.set(1000);
        RunResult resumed = runner.run(write(nodes), options());
        assertThat(1000 - TestMethods.CALLS_LEFT.get()).as("calls for the three blocks that were left")
                .isEqualTo(3 * 7);
        assertThat(value(resumed, "quality", "cut", "perplexity")).isEqualTo(whole);
    }

    /** The rows of the report of a run that has been told to stop but is still at work. */
    private static List<NodeRow> interim(Path run) {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!Files.exists(run.resolve(ResultsFile.NAME)) && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return ResultsFile.read(run).nodes();
    }

    @Test
    void stopsAmongTheWeightsOfABlock() throws IOException {
        RunResult stopped = runner.run(write("p { prune = magnitude, of = dense }"),
                options().with(interrupting(Thread.currentThread(), "blocks.1.k")));
        assertThat(nodes(stopped).get("dense").status()).isEqualTo(NodeStatus.DONE);
        assertThat(nodes(stopped).get("p").status()).isEqualTo(NodeStatus.INTERRUPTED);
    }

    @Test
    void startsNothingWhenInterruptedBefore() throws IOException {
        Path file = write("p { prune = magnitude, of = dense }");
        List<String> started = new ArrayList<>();
        Thread.currentThread().interrupt();
        RunResult result = runner.run(file, options().with(new ProgressListener() {
            @Override
            public void nodeStarted(String node, String what) {
                started.add(node);
            }
        }));
        assertThat(Thread.interrupted()).isFalse();
        assertThat(started).isEmpty();
        assertThat(result.report().nodes()).extracting(NodeRow::status).containsOnly(NodeStatus.INTERRUPTED);
        assertThat(nodes(result).get("p").error()).startsWith("Not started: the run was interrupted.");
    }

    @Test
    void computesDamagedResultsAgain() throws IOException {
        Path file = write(WHOLE);
        RunResult first = runner.run(file, options());
        try (Stream<Path> all = Files.walk(folder.resolve("runs/.store/objects"))) {
            for (Path weights : all.filter(path -> path.endsWith("weights.safetensors")
                    || path.endsWith("measurements.json")).toList()) {
                Files.writeString(weights, "damaged");
            }
        }
        RunResult second = runner.run(file, options());
        assertThat(second.report().warnings()).anyMatch(line -> line.contains("is damaged"));
        assertThat(value(second, "quality", "pruned", "perplexity"))
                .isEqualTo(value(first, "quality", "pruned", "perplexity"));
    }

    @Test
    void failsOnlyWhatDependsOnAFailingNode() throws IOException {
        RunResult result = runner.run(write("""
                  bad { prune = failing, of = dense }
                  worse { prune = buggy, of = dense }
                  after { serve = bad }
                  good { prune = magnitude, of = dense }
                  quality { evaluate = [dense, bad, after, good], on = "text.txt", window = 32, windows = 1 }
                """), options());
        Map<String, NodeRow> nodes = nodes(result);
        assertThat(result.succeeded()).isFalse();
        assertThat(nodes.get("bad").status()).isEqualTo(NodeStatus.FAILED);
        assertThat(nodes.get("bad").error()).isEqualTo("This pruner always fails.");
        assertThat(nodes.get("bad").where()).endsWith("x.conf:4");
        // The weights of a block are done together: which of them is the first to fail is open.
        assertThat(nodes.get("worse").error()).contains("This is a bug:").contains("blocks.0.");
        assertThat(nodes.get("after").status()).isEqualTo(NodeStatus.SKIPPED);
        assertThat(nodes.get("after").error()).isEqualTo("Not started: bad failed.");
        assertThat(nodes.get("good").status()).isEqualTo(NodeStatus.DONE);
        assertThat(result.report().results()).extracting(ResultRow::subject).containsExactly("dense", "good");
        assertThat(Files.readString(result.folder().resolve("log"))).contains("IllegalStateException");
    }

    @Test
    void runsSweepsWithSharedWorkAndFailingPoints() throws IOException {
        Path file = write(
                """
                          p { prune = magnitude, of = dense, calibration { data = "text.txt", sequences = 2, length = 16 } }
                          quality { evaluate = [dense, p], on = "text.txt", metrics = [perplexity, bytes], window = 32, windows = 2 }
                        """);
        Files.writeString(file, Files.readString(file) + "sweep { graph.p.prune = [magnitude, failing, wanda] }\n");
        RunResult result = runner.run(file, options());
        List<ResultRow> rows = result.report().results().stream().filter(row -> row.metric().equals("bytes")).toList();
        assertThat(rows).as("rows of bytes; warnings: " + result.report().warnings())
                .extracting(ResultRow::subject).containsExactlyInAnyOrder("dense", "p", "p");
        assertThat(rows).extracting(ResultRow::point).containsExactlyInAnyOrder(
                Map.of(), Map.of("p.prune", "magnitude"), Map.of("p.prune", "wanda"));
        assertThat(result.report().nodes()).filteredOn(node -> node.name().equals("p")).extracting(NodeRow::status)
                .containsExactly(NodeStatus.DONE, NodeStatus.FAILED, NodeStatus.DONE);
        assertThat(result.succeeded()).isFalse();
        assertThat(result.folder().resolve("report.html")).isNotEmptyFile();
    }

    @Test
    void saysThatTheRunFolderCannotBeWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Path experiment = write("");
        assertThatThrownBy(() -> runner.run(experiment, RunOptions.in(file.resolve("runs")).withoutStore()))
                .isInstanceOf(LatheException.class).hasMessageContaining("cannot be written")
                .hasMessageContaining("--runs");
    }

    @Test
    void writesNothingWhenTheExperimentIsWrong() throws IOException {
        Path experiment = write("p { prune = magnitude, of = dens }");
        assertThatThrownBy(() -> runner.run(experiment, options())).isInstanceOf(ExperimentException.class)
                .hasMessageContaining("There is no node 'dens'. Did you mean dense?");
        assertThat(folder.resolve("runs/x")).doesNotExist();
    }

    @Test
    void saysThatTheCalibrationTextIsTooShort() throws IOException {
        Files.writeString(folder.resolve("short.txt"), "It is a truth.");
        RunResult result = runner.run(
                write("p { prune = wanda, of = dense, calibration { data = \"short.txt\" } }"), options());
        assertThat(nodes(result).get("p").error())
                .contains("short.txt has").contains("tokens, but 8192 are needed (32 sequences of 256)");
    }

    @Test
    void saysThatNoWeightIsLeft() throws IOException {
        RunResult result = runner.run(write("p { prune = magnitude, of = dense, targets = [\"blokcs.*\"] }"),
                options());
        assertThat(nodes(result).get("p").error()).contains("No weight of the model is left to be changed");
        assertThat(result.report().warnings())
                .anyMatch(line -> line.contains("The pattern 'blokcs.*' matches no weight of the model."));
    }

    @Test
    void refusesBrokenModelFoldersWithTheirReason() throws IOException {
        Path shared = Path.of(System.getProperty("lathe.shared", "../shared")).resolve("golden/hostile/models");
        assumeThat(shared).as("the shared folder with broken models").isDirectory();
        List<String> silent = new ArrayList<>();
        List<Path> models;
        try (Stream<Path> all = Files.list(shared)) {
            models = all.filter(path -> !path.getFileName().toString().startsWith("valid"))
                    .filter(Files::isDirectory).sorted(Comparator.naturalOrder()).toList();
        }
        for (Path model : models) {
            Path file = Files.writeString(folder.resolve("h.conf"), "graph { m { load = \"" + model + "\" } }");
            String said;
            try {
                RunResult result = runner.run(file, options().withoutStore());
                said = result.report().nodes().getFirst().error();
            } catch (ExperimentException failure) {
                said = failure.getMessage();
                assertThat(said).as(model.toString()).contains("h.conf:1: graph.m.load: ");
            }
            if (said == null || said.contains("This is a bug")) {
                silent.add(model.getFileName() + ": " + said);
            }
        }
        assertThat(models).hasSizeGreaterThan(20);
        assertThat(silent).isEmpty();
    }
}
