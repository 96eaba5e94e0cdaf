package lathe.runtime.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.report.NodeStatus;
import lathe.report.ResultRow;
import lathe.runtime.graph.TestMethods;

/** Metrics from HOCON to numbers, on a model that is as small as one can be. */
class MetricGraphTest {
    private static final String MODEL = "tiny { load { use = random-model, layers = 1, hidden = 16, width = 16, heads = 2,"
            + " kv-heads = 1, vocabulary = 256, positions = 64 } }\n";
    private static final String TEXT = "It was a cold day. Nobody had gone out, and nobody would.";

    @TempDir
    Path folder;

    private final LatheRunner runner = LatheRunner.of(TestMethods.registry());

    @BeforeEach
    void text() throws IOException {
        Files.writeString(folder.resolve("text.txt"), TEXT);
    }

    private RunResult run(String metrics) throws IOException {
        Path file = Files.writeString(folder.resolve("x.conf"), "name = x, seed = 3\ngraph {\n" + MODEL
                + "quality { evaluate = tiny, on = \"text.txt\", metrics = [" + metrics + "] }\n}\n");
        RunResult result = runner.run(file, RunOptions.in(folder.resolve("runs")));
        assertThat(result.report().warnings()).filteredOn(warning -> warning.contains("failed")).isEmpty();
        return result;
    }

    private static ResultRow row(RunResult result, String metric) {
        return result.report().results().stream().filter(row -> row.metric().equals(metric)).findFirst()
                .orElseThrow(() -> new AssertionError(metric + " is none of " + result.report().results()));
    }

    private static NodeStatus quality(RunResult result) {
        return result.report().nodes().stream().filter(node -> node.name().equals("quality")).findFirst().orElseThrow()
                .status();
    }

    @Test
    void measuresPerplexityOfWords() throws IOException {
        RunResult result = run("{ use = word-perplexity, window = 32, begin = 0 }");
        ResultRow words = row(result, "word-perplexity");
        assertThat(words.protocol()).isEqualTo("rolling-32");
        // Tokens are bytes here: a model that knows nothing is near one of 256 at each, all of a word's bytes multiply.
        double bytesAWord = TEXT.length() / (double) TEXT.split("\\s+").length;
        assertThat(Math.log(words.value()) / bytesAWord).isBetween(Math.log(200), Math.log(320));
        assertThat(row(result, "byte-perplexity").value()).isBetween(200.0, 320.0);
    }

    @Test
    void measuresAssociativeRecall() throws IOException {
        ResultRow recall = row(run("{ use = mqar, vocabulary = 64, length = 16, pairs = 2, examples = 5 }"), "mqar");
        assertThat(recall.value()).isBetween(0.0, 0.5);
        assertThat(recall.protocol()).contains("16");
    }

    @Test
    void answersQuestionsAgainWhenTheirFileHoldsOthers() throws IOException {
        questions(0, 1);
        String metric = "{ use = multiple-choice, questions = \"questions.jsonl\" }";
        RunResult first = run(metric);
        assertThat(quality(first)).isEqualTo(NodeStatus.DONE);
        assertThat(quality(run(metric))).isEqualTo(NodeStatus.CACHED);
        questions(1, 2);
        RunResult other = run(metric);
        assertThat(quality(other)).isEqualTo(NodeStatus.DONE);
        // Two choices: what was right is wrong now.
        assertThat(row(other, "acc").value()).isEqualTo(1 - row(first, "acc").value());
    }

    /** A file of the same name and length, of another time. */
    private void questions(int answer, int second) throws IOException {
        Path file = Files.writeString(folder.resolve("questions.jsonl"),
                "{\"context\": \"It was a\", \"choices\": [\" cold\", \" warm\"], \"answer\": " + answer + "}\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L + 1000 * second));
    }
}
