package lathe.runtime.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.runtime.graph.ByteSize;

/** Prices say the memory that is then taken, measured in a process of its own. */
class PricedMemoryTest {
    private static final Pattern PEAK = Pattern.compile("solved: at most (\\S+ \\S+) of memory");
    private static final String EXPERIMENT = """
            name = x
            graph {
              wide { load { use = random-model, layers = 1, hidden = 512, width = 4096, heads = 8, kv-heads = 8,
                            vocabulary = 300 } }
              solved { prune = solving, of = wide, calibration { data = "text.txt", sequences = 4, length = 64 } }
            }
            """;

    @TempDir
    Path folder;

    @Test
    void theMemoryOfInvertingHessiansIsPricedWithinThreeTenths() throws Exception {
        Assumptions.assumeTrue(Files.isReadable(Path.of("/proc/self/status")), "memory is measured on Linux alone");
        Files.writeString(folder.resolve("text.txt"), "It was the best of times, it was the worst. ".repeat(60));
        Path file = Files.writeString(folder.resolve("x.conf"), EXPERIMENT);
        long priced = LatheRunner.of(TestVerbs.registry()).check(file, RunOptions.in(folder.resolve("runs"))).nodes()
                .get(1).price().orElseThrow().memory();
        run(file);
        Matcher found = PEAK.matcher(log());
        assertThat(found.find()).isTrue();
        double measured = ByteSize.parse(found.group(1).replace(" ", "")).orElseThrow();

        assertThat(priced / measured).as("%s priced, %s measured", ByteSize.shown(priced), found.group(1))
                .isBetween(0.7, 1.3);
    }

    private void run(Path file) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Xmx256m", "-cp",
                System.getProperty("surefire.test.class.path", KilledRunTest.classPath()),
                KilledRunTest.Child.class.getName(), file.toString(), folder.resolve("runs").toString()))
                .redirectErrorStream(true).redirectOutput(folder.resolve("child.log").toFile()).start();
        try {
            assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(folder.resolve("child.log"))).isZero();
    }

    private String log() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("runs/x"))) {
            return Files.readString(files.filter(path -> path.endsWith("log")).findFirst().orElseThrow());
        }
    }
}
