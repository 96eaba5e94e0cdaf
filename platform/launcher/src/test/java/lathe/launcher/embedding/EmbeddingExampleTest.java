package lathe.launcher.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.report.RunReport;
import lathe.runtime.run.LatheRunner;

/** The example of CONTRIBUTING.md, taken from there, compiled and run. */
class EmbeddingExampleTest {
    private static final Path ROOT = Path.of(System.getProperty("lathe.root", "../.."));
    private static final Pattern EXAMPLE = Pattern.compile("```java\n(import .*?class Embedding .*?)```",
            Pattern.DOTALL);

    @TempDir
    private Path folder;

    private static String example() throws IOException {
        Matcher found = EXAMPLE.matcher(Files.readString(ROOT.resolve("CONTRIBUTING.md")));
        assertThat(found.find()).as("CONTRIBUTING.md has the example").isTrue();
        return found.group(1);
    }

    private void compile(String source) throws IOException {
        Path file = Files.writeString(folder.resolve("Embedding.java"), source);
        String classPath = Stream.of(LatheRunner.class, RunReport.class)
                .map(type -> Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()))
                        .toString())
                .collect(Collectors.joining(File.pathSeparator));
        int code = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "-d", folder.toString(),
                "-classpath", classPath, file.toString());
        assertThat(code).isZero();
    }

    @Test
    void theExampleHasTenLinesCompilesAndRunsAnExperiment() throws Exception {
        String example = example();
        assertThat(example.lines().filter(line -> !line.isBlank()).count()).isLessThanOrEqualTo(10);
        compile(example);
        Path experiment = Files.writeString(folder.resolve("x.conf"), """
                graph {
                  dense { load = "%s" }
                  quality { evaluate = dense, on = "%s", metrics = [ { use = perplexity, window = 16, windows = 1 } ] }
                }
                """.formatted(absolute("experiments/models/lathe-tiny"), absolute("experiments/data/sherlock.txt")));
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = System.out;
        try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()},
                getClass().getClassLoader())) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            loader.loadClass("Embedding").getMethod("main", String[].class)
                    .invoke(null, (Object) new String[] {experiment.toString(), folder.resolve("runs").toString()});
        } finally {
            System.setOut(out);
        }
        assertThat(List.of(printed.toString(StandardCharsets.UTF_8).split("\\R")))
                .anyMatch(line -> line.matches("dense perplexity \\d+\\.\\d+"));
    }

    private static String absolute(String path) {
        return ROOT.resolve(path).toAbsolutePath().normalize().toString();
    }
}
