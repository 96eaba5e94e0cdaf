package lathe.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jline.reader.Candidate;
import org.jline.reader.Parser;
import org.jline.reader.impl.DefaultParser;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.registry.PluginSource;
import lathe.spi.Default;
import lathe.spi.Method;

class ConsoleCompleterTest {
    @TempDir
    private Path folder;

    private final PluginRegistry registry = new PluginRegistry();
    private final LatheConsole console = new LatheConsole(new Host(), new PrintStream(OutputStream.nullOutputStream()));

    public record Settings(@Default("0.5") double sparsity) {}

    private final class Host implements ConsoleHost {
        @Override
        public Map<String, String> commands() {
            return Map.of("run", "Run an experiment.", "store", "Clean up.", "describe", "Show a method.");
        }

        @Override
        public List<String> following(List<String> words) {
            return words.getFirst().equals("store") ? List.of("ls", "gc") : List.of("--fresh", "-D");
        }

        @Override
        public int execute(PrintWriter out, PrintWriter err, List<String> arguments) {
            return 0;
        }

        @Override
        public PluginRegistry registry() {
            return registry;
        }

        @Override
        public Path pluginsFolder() {
            return folder;
        }

        @Override
        public List<String> synchronizePlugins() {
            return List.of();
        }
    }

    @AfterEach
    void close() {
        console.close();
    }

    /** What is offered at the end of a line of which only the last word is not finished. */
    private List<String> offered(String line) {
        registry.add(new PluginSource("lathe-wanda", "1.0.0", "active", "w.jar", "", null,
                List.of(() -> List.of(Method.pruner("wanda", Settings.class, settings -> null)))));
        List<Candidate> candidates = new ArrayList<>();
        new ConsoleCompleter(() -> console).complete(null,
                new DefaultParser().parse(line, line.length(), Parser.ParseContext.COMPLETE), candidates);
        return candidates.stream().map(Candidate::value).toList();
    }

    @Test
    void offersCommandsMethodsBundlesSubcommandsAndOptions() {
        assertThat(offered("")).contains("run", "store", "plugins", "jobs", "memory", "exit").doesNotHaveDuplicates();
        assertThat(offered("describe w")).containsExactly("wanda");
        assertThat(offered("help ")).contains("run", "install");
        assertThat(offered("run --f")).containsExactly("--fresh", "-D");
    }

    @Test
    void offersTheKeysOfAnExperimentAndOfTheMethodsThatItUses() throws IOException {
        Path file = Files.writeString(folder.resolve("x.conf"), """
                seed = 3
                graph {
                  dense { load = ${models.tiny} }
                  pruned { prune = wanda, of = dense, calibration { data = text.txt } }
                }
                """);
        assertThat(offered("run " + file + " -D gr")).contains("seed=", "graph.pruned.prune=", "graph.pruned.sparsity=",
                "graph.pruned.calibration.data=", "graph.dense.load=");
        assertThat(offered("run " + file + " -Dgraph")).contains("-Dgraph.pruned.sparsity=");
        assertThat(offered("run absent.conf -D g")).isEmpty();
    }
}
