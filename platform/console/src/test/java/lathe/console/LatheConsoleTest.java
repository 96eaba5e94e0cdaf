package lathe.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.registry.PluginSource;

class LatheConsoleTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final FakeHost host = new FakeHost();
    private final LatheConsole console = new LatheConsole(host, new PrintStream(bytes, true, StandardCharsets.UTF_8));

    @AfterEach
    void close() {
        host.blocked.countDown();
        console.close();
    }

    /** Remembers what it was asked, and blocks when it is asked to. */
    private final class FakeHost implements ConsoleHost {
        final List<List<String>> asked = new ArrayList<>();
        final PluginRegistry registry = new PluginRegistry();
        final CountDownLatch blocked = new CountDownLatch(1);
        int synchronised;
        int columns = Integer.MAX_VALUE;

        @Override
        public int columns() {
            return columns;
        }

        @Override
        public Map<String, String> commands() {
            return Map.of("run", "Run an experiment.");
        }

        @Override
        public int execute(PrintWriter out, PrintWriter err, List<String> arguments) {
            asked.add(arguments);
            out.println("ran " + String.join(" ", arguments));
            if (arguments.contains("slow.conf")) {
                try {
                    blocked.await();
                } catch (InterruptedException stopped) {
                    out.println("stopped");
                    return 1;
                }
            }
            return arguments.contains("bad.conf") ? 2 : 0;
        }

        @Override
        public PluginRegistry registry() {
            return registry;
        }

        @Override
        public Path pluginsFolder() {
            return folder.resolve("plugins");
        }

        @Override
        public List<String> synchronizePlugins() {
            synchronised++;
            return List.of("Read the folder.");
        }
    }

    private String output() {
        String text = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        return text;
    }

    @Test
    void hasTheCommandsOfTheCommandLineWithAndWithoutTheScope() {
        assertThat(console.execute("run x.conf -D seed=3")).isZero();
        assertThat(console.execute("lathe:run y.conf")).isZero();
        assertThat(console.execute("run bad.conf")).isEqualTo(2);

        assertThat(host.asked)
                .containsExactly(
                        List.of("run", "x.conf", "-D", "seed=3"), List.of("run", "y.conf"), List.of("run", "bad.conf"));
        assertThat(output()).contains("ran run x.conf -D seed=3");
    }

    @Test
    void namesTheNearestCommandForAnUnknownOne() {
        assertThat(console.execute("rnu x.conf")).isEqualTo(2);

        assertThat(output()).contains("There is no command 'rnu'. Did you mean run");
    }

    @Test
    void explainsEveryCommandOfItsOwnWithAnExample() {
        for (String name : console.names()) {
            assertThat(console.execute("help " + name)).as(name).isZero();
            assertThat(output()).as(name).contains(host.commands().containsKey(name) ? "--help" : "Example: ");
        }
    }

    @Test
    void helpOfARunTellsOfTheBackground() {
        console.execute("help run");
        assertThat(output()).contains("ran run --help", "--background", "`jobs`");
    }

    @Test
    void helpFitsTheTerminalAndBreaksBetweenWords() {
        console.execute("help");
        List<String> words = List.of(output().split("\\s+"));
        for (int columns : new int[] {40, 60, 90}) {
            host.columns = columns;
            console.execute("help");
            String text = output();
            assertThat(text.lines()).allMatch(line -> line.length() <= columns && line.equals(line.stripTrailing()));
            assertThat(List.of(text.split("\\s+"))).isEqualTo(words);
        }
    }

    @Test
    void runsInTheBackgroundAndShowsWhatWasPrinted() throws InterruptedException {
        assertThat(console.execute("run fast.conf --background")).isZero();
        assertThat(output()).contains("Job 1 runs in the background");
        awaitJobs();

        console.execute("tail 1");
        console.execute("jobs");

        assertThat(output()).contains("ran run fast.conf", "job 1 is done")
                .containsPattern("1 +done +\\d+ s +run fast\\.conf");
        assertThat(host.asked).containsExactly(List.of("run", "fast.conf"));
    }

    @Test
    void cancelsARunInTheBackground() throws InterruptedException {
        console.execute("run slow.conf --background");
        console.execute("cancel 1");
        awaitJobs();
        console.execute("tail 1");

        assertThat(output()).contains("Job 1 is asked to stop", "stopped", "job 1 is cancelled");
        assertThat(console.execute("cancel 7")).isEqualTo(2);
        assertThat(output()).contains("There is no job 7");
    }

    private void awaitJobs() throws InterruptedException {
        for (int i = 0; console.running() > 0 && i < 1000; i++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertThat(console.running()).isZero();
    }

    @Test
    void installsUpdatesAndRemovesBundlesByWayOfThePluginsFolder() throws IOException {
        Path first = Files.writeString(folder.resolve("acme-1.jar"), "one");
        Path second = Files.writeString(folder.resolve("acme-2.jar"), "two");
        Path installed = host.pluginsFolder().resolve("acme-1.jar");

        assertThat(console.execute("install '" + first + "'")).isZero();
        assertThat(installed).hasContent("one");
        host.registry.add(new PluginSource(
                "com.acme", "1.0.0", "active", installed.toString(), "0123456789abcdef", null, List.of()));
        assertThat(console.execute("install '" + first + "'")).isEqualTo(2);
        assertThat(console.execute("update com.acme '" + second.toUri() + "'")).isZero();
        assertThat(installed).hasContent("two");
        console.execute("plugins");
        assertThat(output()).contains("exists already", "com.acme", "1.0.0", "0123456789ab");
        assertThat(console.execute("remove com.acme")).isZero();
        assertThat(installed).doesNotExist();
        assertThat(host.synchronised).isEqualTo(3);
        assertThat(host.pluginsFolder()).isEmptyDirectory();
    }

    @Test
    void asksWhichOfSeveralVersionsOfABundleIsMeant() throws IOException {
        Files.createDirectories(host.pluginsFolder());
        for (String version : List.of("1.0.0", "2.0.0")) {
            Path jar = Files.writeString(host.pluginsFolder().resolve("acme-" + version + ".jar"), version);
            host.registry.add(new PluginSource("com.acme", version, "active", jar.toString(), "", null, List.of()));
        }

        assertThat(console.execute("remove com.acme")).isEqualTo(2);
        assertThat(output()).contains("Several bundles are called 'com.acme'", "com.acme@1.0.0, com.acme@2.0.0");
        assertThat(console.execute("remove com.acme@1.0.0")).isZero();
        assertThat(host.pluginsFolder().resolve("acme-1.0.0.jar")).doesNotExist();
        assertThat(host.pluginsFolder().resolve("acme-2.0.0.jar")).exists();
    }

    @Test
    void saysWhatIsWrongWithABundleThatCannotBeInstalled() {
        assertThat(console.execute("install")).isEqualTo(2);
        assertThat(console.execute("install notes.txt")).isEqualTo(2);
        assertThat(console.execute("install absent.jar")).isEqualTo(2);
        assertThat(console.execute("remove nobody")).isEqualTo(2);

        assertThat(output())
                .contains("Say which bundle", "does not name a jar", "There is no file 'absent.jar'.",
                        "No bundle is called 'nobody'");
    }

    @Test
    void showsTheMemoryOfTheProcess() {
        assertThat(console.execute("memory")).isZero();

        assertThat(output()).containsPattern("heap in use +\\d+\\.\\d MiB");
    }
}
