package lathe.testkit;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import lathe.report.ResultRow;
import lathe.runtime.run.LatheRunner;
import lathe.runtime.run.RunOptions;
import lathe.runtime.run.RunResult;

/**
 * Whole experiments on the real model of the shared folder, with the plugins of the class path, under the protocol of
 * {@code golden/e2e}: calibration on the first 32*256 tokens of wikitext2-valid, perplexity of 40 windows of 512 tokens of
 * sherlock.
 */
public final class EndToEnd {
    private final Path shared;

    private EndToEnd(Path shared) {
        this.shared = shared;
    }

    /**
     * The shared folder that the system property {@code lathe.shared} names.
     *
     * @return empty if its model, texts or reference figures are not there
     */
    public static Optional<EndToEnd> find() {
        Path shared = Path.of(System.getProperty("lathe.shared", "../shared")).toAbsolutePath().normalize();
        boolean there = List.of("models/lathe-tiny/config.json", "data/sherlock.txt", "data/wikitext2-valid.txt",
                "golden/e2e/pruners.json").stream().allMatch(name -> Files.isRegularFile(shared.resolve(name)));
        return there ? Optional.of(new EndToEnd(shared)) : Optional.empty();
    }

    /**
     * Runs one node on lathe-tiny and judges what it made.
     *
     * @param node   the node without its input, such as {@code prune = wanda, sparsity = 0.5}
     * @param folder where the run goes
     * @return its perplexity
     */
    public double perplexity(String node, Path folder) {
        requireNonNull(node, "node is null");
        String text = """
                name = end-to-end
                graph {
                  dense { load = "%1$s/models/lathe-tiny" }
                  changed { of = dense, %2$s }
                  quality { evaluate = changed, on = "%1$s/data/sherlock.txt", metrics = [perplexity]
                            window = 512, windows = 40 }
                }
                """.formatted(shared, node);
        try {
            Path file = Files.writeString(folder.resolve("end-to-end.conf"), text);
            RunResult result = LatheRunner.onClassPath().run(file, RunOptions.in(folder).withoutStore());
            return result.report().results().stream().filter(row -> row.metric().equals("perplexity"))
                    .mapToDouble(ResultRow::value).findFirst().orElseThrow(() -> new AssertionError(
                            "There is no perplexity: " + result.report().warnings()));
        } catch (IOException failure) {
            throw new IllegalStateException("The experiment cannot be written to " + folder, failure);
        }
    }

    /**
     * The calibration of the protocol, as a key of a node.
     *
     * @return HOCON
     */
    public String calibration() {
        return "calibration { data = \"" + shared + "/data/wikitext2-valid.txt\", sequences = 32, length = 256 }";
    }

    /**
     * What the authors' code reached.
     *
     * @param file   a file of {@code golden/e2e} such as {@code pruners.json}
     * @param result a key of its results such as {@code wanda-50}
     * @return the perplexity
     */
    public double reference(String file, String result) {
        try {
            JsonObject json = JsonParser.parseString(Files.readString(shared.resolve("golden/e2e").resolve(file)))
                    .getAsJsonObject();
            return json.getAsJsonObject("results").getAsJsonObject(result).get("perplexity").getAsDouble();
        } catch (IOException failure) {
            throw new IllegalStateException("The reference figures " + file + " cannot be read", failure);
        }
    }
}
