package lathe.runtime.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.report.RunReport;

/** A run whose process is killed in the middle of a calibration walk, and the run after it. */
class KilledRunTest {
    private static final Path ROOT = Path.of(System.getProperty("lathe.root", "../..")).toAbsolutePath().normalize();
    private static final Duration LONGEST = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    /** The process that is killed. */
    public static final class Child {
        private Child() {}

        /** @param arguments an experiment and the folder of its runs */
        public static void main(String[] arguments) {
            LatheRunner.of(TestVerbs.registry()).run(Path.of(arguments[0]), RunOptions.in(Path.of(arguments[1])));
        }
    }

    @Test
    void aWalkThatWasKilledGoesOnAfterItsFinishedBlocksToTheSameDigits() throws Exception {
        String book = Files.readString(ROOT.resolve("experiments/data/pride-and-prejudice.txt"));
        Files.writeString(folder.resolve("text.txt"), book.substring(20_000, 24_000));
        Path file = Files.writeString(folder.resolve("x.conf"), "name = x, seed = 3\ngraph {\n  dense { load = \""
                + ROOT.resolve("experiments/models/lathe-tiny") + "\" }\n"
                + "half { prune = staying, of = dense, calibration { data = \"text.txt\", sequences = 4, length = 32, "
                + "memory = 1000 } }\n"
                + "quality { evaluate = [dense, half], on = \"text.txt\", window = 64, windows = 4 }\n}\n");
        killInTheMiddle(file);
        List<String> notes = new ArrayList<>();
        RunOptions options = RunOptions.in(folder.resolve("runs")).with(new ProgressListener() {
            @Override
            public void note(String node, String sentence) {
                notes.add(sentence);
            }
        });
        RunReport goneOn = run(file, options);
        assertThat(notes).anyMatch(sentence -> sentence.contains("goes on after them"))
                .anyMatch(sentence -> sentence.contains("lie in a temporary file"));
        RunReport atOnce = run(file, RunOptions.in(folder.resolve("others")));
        assertThat(goneOn.results()).isEqualTo(atOnce.results()).hasSize(2);
        assertThat(goneOn.nodes().get(1).notes()).as("what was noted before the kill, too")
                .isEqualTo(atOnce.nodes().get(1).notes())
                .singleElement().satisfies(table -> assertThat(table.values()).hasSize(6)
                        .allSatisfy(row -> assertThat(row).hasSize(7).noneMatch(value -> value.isNaN())));
        assertThat(blocks()).isEmpty();
    }

    private static RunReport run(Path file, RunOptions options) {
        RunResult result = LatheRunner.of(TestVerbs.registry()).run(file, options);
        assertThat(result.succeeded()).as("%s", result.report().warnings()).isTrue();
        return result.report();
    }

    private void killInTheMiddle(Path file) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-D" + TestVerbs.STAY + "=yes", "--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-Xmx512m", "-cp",
                System.getProperty("surefire.test.class.path", classPath()), Child.class.getName(), file.toString(),
                folder.resolve("runs").toString())
                .redirectErrorStream(true).redirectOutput(folder.resolve("child.log").toFile()).start();
        Instant latest = Instant.now().plus(LONGEST);
        try {
            while (blocks().size() < 2) {
                assertThat(process.isAlive() && Instant.now().isBefore(latest))
                        .as(() -> "The child ended before it was killed: " + read(folder.resolve("child.log")))
                        .isTrue();
                Thread.sleep(50);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Where the classes of the test and of its libraries are, whoever loads them. */
    static String classPath() {
        if (KilledRunTest.class.getClassLoader() instanceof java.net.URLClassLoader urls) {
            return String.join(File.pathSeparator,
                    Stream.of(urls.getURLs()).map(url -> Path.of(java.net.URI.create(url.toString())).toString())
                            .toList());
        }
        return System.getProperty("java.class.path");
    }

    private List<Path> blocks() throws IOException {
        Path objects = folder.resolve("runs/.store/objects");
        if (!Files.isDirectory(objects)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(objects, 2)) {
            return all.filter(path -> path.getFileName().toString().contains("-block-")).toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            return failure.toString();
        }
    }
}
