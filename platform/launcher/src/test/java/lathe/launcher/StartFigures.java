package lathe.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import lathe.launcher.osgi.PluginWatcher;

/**
 * Measures how soon Lathe answers, and prints it. Run it alone on a machine:
 *
 * <pre>
 * mvn -q -pl platform/launcher test-compile exec:java -Dexec.classpathScope=test \
 *     -Dexec.mainClass=lathe.launcher.StartFigures -Dexec.args=platform/launcher/target/lathe
 * </pre>
 */
public final class StartFigures {
    private static final int TIMES = 11;
    private static final int MANY = 120;
    private static final long MOST_MILLIS = 10_000;
    private static final double NANOS_PER_MILLI = 1e6;

    private final Path distribution;
    private final Path folder;

    private StartFigures(Path distribution, Path folder) {
        this.distribution = distribution;
        this.folder = folder;
    }

    /** Prints the figures of a distribution. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("lathe-figures");
        Path distribution = Path.of(arguments.length == 0 ? "platform/launcher/target/lathe" : arguments[0]);
        new StartFigures(distribution.toAbsolutePath(), folder).print();
        System.exit(0);
    }

    private void print() throws Exception {
        List<Path> built;
        try (var files = Files.list(distribution.resolve("plugins"))) {
            built = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
        Path thirty = Files.createDirectory(folder.resolve("thirty"));
        for (Path jar : built.subList(0, Math.min(30, built.size()))) {
            Files.copy(jar, thirty.resolve(jar.getFileName()));
        }
        Path many = Files.createDirectory(folder.resolve("many"));
        for (int i = 0; i < MANY; i++) {
            BundleBuilder.keeper("com.acme.m" + i, "1.0.0", "m" + i).write(many.resolve("m" + i + ".jar"));
        }
        Path none = Files.createDirectory(folder.resolve("none"));
        figure("lathe --version, no framework", () -> run(none, "--version"));
        figure("lathe methods, no bundle", () -> run(none, "methods"));
        figure("lathe methods, " + built.size() + " bundles", () -> run(distribution.resolve("plugins"), "methods"));
        figure("lathe methods, 30 bundles", () -> run(thirty, "methods"));
        figure("lathe methods, " + MANY + " bundles", () -> run(many, "methods"));
        figure("lathe methods, 30 bundles, nothing kept of an earlier list", () -> {
            forgetLists();
            return run(thirty, "methods");
        });
        figure("first prompt of the console, 30 bundles", () -> prompt(thirty));
        figure("from dropping a jar to the method being listed", this::drop);
    }

    /** Something that takes a time. */
    private interface Timed {
        double millis() throws Exception;
    }

    private static void figure(String what, Timed work) throws Exception {
        // The first makes the archive of classes, and later ones may belong to another set of bundles.
        work.millis();
        work.millis();
        double[] times = new double[TIMES];
        for (int i = 0; i < TIMES; i++) {
            times[i] = work.millis();
        }
        Arrays.sort(times);
        System.out.printf(Locale.ROOT, "%-60s median %6.0f ms, least %6.0f ms, most %6.0f ms%n", what, times[TIMES / 2],
                times[0], times[TIMES - 1]);
    }

    private ProcessBuilder lathe(Path plugins, String... arguments) {
        List<String> command = new ArrayList<>(List.of(distribution.resolve("lathe").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.put("LATHE_BUILD", "never");
        environment.put("LATHE_CACHE", folder.resolve("cache").toString());
        environment.put("LATHE_JAVA_OPTS", "-Dlathe.plugins=" + plugins);
        return builder;
    }

    private double run(Path plugins, String... arguments) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = lathe(plugins, arguments).start();
        process.getInputStream().readAllBytes();
        int code = process.waitFor();
        if (code != 0) {
            throw new IllegalStateException("lathe " + String.join(" ", arguments) + " ended with " + code);
        }
        return (System.nanoTime() - start) / NANOS_PER_MILLI;
    }

    private void forgetLists() throws IOException {
        try (var kept = Files.newDirectoryStream(folder.resolve("cache"), "methods-*.txt")) {
            for (Path list : kept) {
                Files.delete(list);
            }
        }
    }

    private double prompt(Path plugins) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = lathe(plugins, "console").start();
        BufferedReader out = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf("lathe>") < 0) {
            int read = out.read();
            if (read < 0) {
                throw new IllegalStateException("The console ended without a prompt: " + seen);
            }
            seen.append((char) read);
        }
        double millis = (System.nanoTime() - start) / NANOS_PER_MILLI;
        process.getOutputStream().write("exit\n".getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        process.waitFor();
        return millis;
    }

    private double drop() throws Exception {
        Path plugins = Files.createDirectory(folder.resolve("drop-" + System.nanoTime()));
        Path ready = BundleBuilder.keeper("com.acme.dropped", "1.0.0", "dropped").write(folder.resolve("ready.jar"));
        try (Platform platform = Platform.start(new Installation(folder, plugins));
                PluginWatcher watcher = PluginWatcher.start(platform.plugins(), told -> {})) {
            long start = System.nanoTime();
            Files.copy(ready, plugins.resolve("dropped.jar"));
            while (platform.registry().view().find("dropped").isEmpty()) {
                if (System.nanoTime() - start > MOST_MILLIS * NANOS_PER_MILLI) {
                    throw new IllegalStateException("The jar is not seen by " + watcher);
                }
                Thread.sleep(1);
            }
            return (System.nanoTime() - start) / NANOS_PER_MILLI;
        }
    }
}
