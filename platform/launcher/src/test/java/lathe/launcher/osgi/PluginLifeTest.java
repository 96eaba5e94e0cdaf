package lathe.launcher.osgi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.BundleBuilder;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginLease;
import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.run.LatheRunner;
import lathe.runtime.run.RunOptions;
import lathe.runtime.run.RunResult;

class PluginLifeTest {
    private static final long SECONDS_TO_NOTICE = 30;

    @TempDir
    private Path folder;

    @TempDir
    private Path elsewhere;

    private final PluginRegistry registry = new PluginRegistry();
    private OsgiFramework framework;
    private PluginFolder plugins;

    @BeforeEach
    void start() {
        framework = OsgiFramework.start();
        plugins = new PluginFolder(framework, registry, folder);
    }

    @AfterEach
    void stop() {
        framework.close();
    }

    private Path install(String version) {
        Path jar = BundleBuilder.pruner("lathe-demo", version, "demo").write(folder.resolve("demo.jar"));
        // Two writes within the file system's clock tick would look like one.
        touch(jar, version.hashCode());
        return jar;
    }

    private static void touch(Path file, long time) {
        try {
            Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + time));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private String version() {
        return registry.view().find("demo").map(entry -> entry.source().version()).orElse("none");
    }

    @Test
    void takesADroppedReplacedAndDeletedJarIntoAccount() throws IOException {
        assertThat(plugins.synchronize()).isEmpty();
        Path jar = install("1.0.0");
        assertThat(plugins.synchronize()).containsExactly("Installed lathe-demo 1.0.0.");
        assertThat(plugins.synchronize()).isEmpty();
        install("2.0.0");
        assertThat(plugins.synchronize()).containsExactly("Updated to lathe-demo 2.0.0.");
        assertThat(version()).isEqualTo("2.0.0");
        assertThat(registry.view().candidates("demo")).hasSize(1);
        Files.delete(jar);
        assertThat(plugins.synchronize()).containsExactly("Removed lathe-demo 2.0.0.");
        assertThat(registry.view().sources()).isEmpty();
    }

    @Test
    void leavesABundleAloneWhoseFileWasOnlyTouched() {
        Path jar = install("1.0.0");
        plugins.synchronize();
        InstalledMethod before = registry.view().require("demo");

        touch(jar, 5000);

        assertThat(plugins.synchronize()).isEmpty();
        assertThat(registry.view().require("demo")).isSameAs(before);
    }

    @Test
    void keepsTheOldGenerationWhenTheNewContentIsBrokenAndTakesTheNextThatWorks() throws IOException {
        Path jar = install("1.0.0");
        plugins.synchronize();

        Files.writeString(jar, "half a jar");
        assertThat(plugins.synchronize())
                .singleElement()
                .asString()
                .contains("demo.jar is broken: The file is no jar", "lathe-demo 1.0.0 stays in use");
        assertThat(version()).isEqualTo("1.0.0");

        install("3.0.0");
        assertThat(plugins.synchronize()).containsExactly("Updated to lathe-demo 3.0.0.");
        assertThat(registry.view().sources()).hasSize(1);
        assertThat(version()).isEqualTo("3.0.0");
    }

    @Test
    void keepsTheOldGenerationWhenTheNewPluginThrows() {
        Path jar = install("1.0.0");
        plugins.synchronize();

        BundleBuilder.bundle("lathe-demo", "2.0.0")
                .plugin("gooddemo", "GoodPlugin", "", "throw new IllegalStateException(\"no licence\");")
                .write(jar);

        assertThat(plugins.synchronize()).singleElement().asString().contains("no licence", "1.0.0 stays in use");
        assertThat(version()).isEqualTo("1.0.0");
    }

    @Test
    void letsARunningPlanKeepTheRevisionThatItPlannedWith() throws Exception {
        install("1.0.0");
        plugins.synchronize();
        try (PluginLease lease = registry.lease()) {
            install("2.0.0");
            plugins.synchronize();

            InstalledMethod planned = lease.view().require("demo");
            assertThat(planned.source().version()).isEqualTo("1.0.0");
            // A class that was never loaded before: the old generation's loader must still find it.
            Class<?> lazily = planned.method().configType().getClassLoader().loadClass("test.gooddemo.GoodPlugin");
            assertThat(lazily.getDeclaredConstructor().newInstance()).isNotNull();
        }
        assertThat(version()).isEqualTo("2.0.0");
    }

    @Test
    void makesNothingOfAnOldGenerationReachableAfterItsLastLease() throws Exception {
        List<WeakReference<ClassLoader>> old = new ArrayList<>();
        for (int generation = 1; generation <= 20; generation++) {
            install("1.0." + generation);
            plugins.synchronize();
            try (PluginLease lease = registry.lease()) {
                Class<?> config = lease.view().require("demo").method().configType();
                old.add(new WeakReference<>(config.getClassLoader()));
            }
        }

        assertThat(framework.bundles()).isEqualTo(1);
        List<WeakReference<ClassLoader>> retired = old.subList(0, old.size() - 1);
        for (int attempt = 0; attempt < 50 && retired.stream().anyMatch(loader -> loader.get() != null); attempt++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(retired).allMatch(loader -> loader.get() == null);
    }

    /** The same bundle with other bytes: installing it is an update. */
    private static void rewrite(byte[] jar, String comment, Path to) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(jar));
                ZipOutputStream out = new ZipOutputStream(bytes)) {
            out.setComment(comment);
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                in.transferTo(out);
                out.closeEntry();
            }
        }
        Files.write(to, bytes.toByteArray());
    }

    @Test
    void aThousandUpdatesUnderRunningExperimentsLeaveNothingBehindAndDisturbNone() throws Exception {
        byte[] jar = Files.readAllBytes(
                BundleBuilder.keeper("com.acme.keep", "1.0.0", "keep").write(elsewhere.resolve("keep.jar")));
        Path installed = folder.resolve("keep.jar");
        rewrite(jar, "first", installed);
        plugins.synchronize();
        Path experiment = Files.writeString(elsewhere.resolve("x.conf"), """
                graph {
                  dense { load = "%s" }
                  kept { prune = keep, of = dense, targets = ["blocks.0.q"] }
                }
                """.formatted(Path.of(System.getProperty("lathe.root", "../.."))
                .resolve("experiments/models/lathe-tiny").toAbsolutePath().normalize()));
        LatheRunner runner = LatheRunner.of(registry);
        AtomicBoolean done = new AtomicBoolean();
        List<RunResult> results = new ArrayList<>();
        Thread running = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                results.add(runner.run(experiment, RunOptions.in(elsewhere.resolve("runs")).withoutStore()));
            }
        });
        ReferenceQueue<ClassLoader> collected = new ReferenceQueue<>();
        Set<Reference<ClassLoader>> loaders = new HashSet<>();
        for (int update = 1; update <= 1000; update++) {
            rewrite(jar, "update " + update, installed);
            touch(installed, 1000L * update);
            assertThat(plugins.synchronize()).containsExactly("Updated to com.acme.keep 1.0.0.");
            loaders.add(new PhantomReference<>(
                    registry.view().require("keep").method().configType().getClassLoader(), collected));
        }
        done.set(true);
        running.join();

        assertThat(results).isNotEmpty().allMatch(RunResult::succeeded);
        assertThat(framework.bundles()).isEqualTo(1);
        for (int attempt = 0; attempt < 100 && loaders.size() > 1; attempt++) {
            System.gc();
            for (Reference<?> gone = collected.remove(20); gone != null; gone = collected.poll()) {
                loaders.remove(gone);
            }
        }
        assertThat(loaders).as("loaders of retired generations").hasSize(1);
    }

    @Test
    void noticesADroppedJarByItself() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        Path jar = BundleBuilder.pruner("lathe-demo", "1.0.0", "demo").write(elsewhere.resolve("demo.jar"));
        try (PluginWatcher watcher = PluginWatcher.start(plugins, told::addAll)) {
            assertThat(watcher).isNotNull();
            Files.copy(jar, folder.resolve("demo.jar"));
            assertThat(told.poll(SECONDS_TO_NOTICE, TimeUnit.SECONDS)).isEqualTo("Installed lathe-demo 1.0.0.");
            Files.delete(folder.resolve("demo.jar"));
            assertThat(told.poll(SECONDS_TO_NOTICE, TimeUnit.SECONDS)).isEqualTo("Removed lathe-demo 1.0.0.");
        }
    }

    @Test
    void readsAJarThatIsCopiedSlowlyWhenItIsWhole() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        byte[] whole = Files.readAllBytes(
                BundleBuilder.pruner("lathe-demo", "1.0.0", "demo").write(elsewhere.resolve("demo.jar")));
        try (PluginWatcher watcher = PluginWatcher.start(plugins, told::addAll);
                var out = Files.newOutputStream(folder.resolve("demo.jar"))) {
            assertThat(watcher).isNotNull();
            for (int offset = 0; offset < whole.length; offset += 200) {
                out.write(whole, offset, Math.min(200, whole.length - offset));
                out.flush();
                TimeUnit.MILLISECONDS.sleep(10);
            }
            String last = "";
            while (!last.equals("Installed lathe-demo 1.0.0.")) {
                last = told.poll(SECONDS_TO_NOTICE, TimeUnit.SECONDS);
                assertThat(last).isNotNull();
            }
        }
        assertThat(version()).isEqualTo("1.0.0");
    }

    @Test
    void replacesAJarThatIsMovedOverTheOldOne() throws Exception {
        install("1.0.0");
        plugins.synchronize();
        Path newer = BundleBuilder.pruner("lathe-demo", "2.0.0", "demo").write(elsewhere.resolve("demo.jar"));
        Files.move(newer, folder.resolve("demo.jar"), StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);

        assertThat(plugins.synchronize()).containsExactly("Updated to lathe-demo 2.0.0.");
    }
}
