package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import lathe.launcher.ExitCode;
import lathe.launcher.Installation;
import lathe.launcher.Platforms;
import lathe.launcher.command.PluginTemplate.PluginKind;

class NewPluginCommandTest {
    @TempDir
    private Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int lathe(String... arguments) {
        Platforms platforms = Platforms.startedFor(new Installation(home, home.resolve("plugins")));
        return LatheCommand.execute(platforms, new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    @ParameterizedTest
    @EnumSource(PluginKind.class)
    void writesAProjectThatCompilesHoldsItsContractAndCanBeUsed(PluginKind kind) throws Exception {
        Path project = home.resolve("project");
        assertThat(lathe("new-plugin", "com.acme.mymethod", "--kind", kind.toString(), "--dir", project.toString()))
                .isEqualTo(ExitCode.DONE);

        Path classes = compile(project.resolve("src/main/java"), home.resolve("classes"), "");
        Path tests = compile(project.resolve("src/test/java"), home.resolve("tests"), classes.toString());
        TestExecutionSummary summary = runContract(classes, tests);
        assertThat(summary.getFailures()).isEmpty();
        assertThat(summary.getTestsSucceededCount()).isGreaterThan(3);

        bundle(classes, project.resolve("src/main/resources"), Files.createDirectory(home.resolve("plugins")));
        assertThat(lathe("describe", "mymethod")).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString()).contains("mymethod (" + kind + "), from com.acme.mymethod 1.0.0");
    }

    private static Path compile(Path sources, Path target, String more) throws IOException {
        Files.createDirectories(target);
        List<String> arguments = new ArrayList<>(List.of("-d", target.toString(), "-proc:full", "-classpath",
                more + System.getProperty("path.separator") + System.getProperty("java.class.path")));
        try (Stream<Path> files = Files.walk(sources)) {
            files.filter(file -> file.toString().endsWith(".java")).map(Path::toString).forEach(arguments::add);
        }
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
                .isZero();
        return target;
    }

    private static TestExecutionSummary runContract(Path classes, Path tests) throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        URL[] folders = {classes.toUri().toURL(), tests.toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(folders, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectClass(loader.loadClass("com.acme.mymethod.MymethodTest")))
                    .build();
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create().execute(request, listener);
            return listener.getSummary();
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** What bnd does with the project's settings. */
    private static void bundle(Path classes, Path resources, Path plugins) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
        manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
        manifest.getMainAttributes().putValue("Bundle-SymbolicName", "com.acme.mymethod");
        manifest.getMainAttributes().putValue("Bundle-Version", "1.0.0");
        manifest.getMainAttributes().putValue("Import-Package", String.join(",", "lathe.spi", "lathe.spi.attention",
                "lathe.spi.kv", "lathe.spi.model", "lathe.spi.operator", "lathe.spi.router", "lathe.spi.tensor",
                "lathe.spi.weight"));
        try (OutputStream file = Files.newOutputStream(plugins.resolve("mymethod.jar"));
                JarOutputStream jar = new JarOutputStream(file, manifest)) {
            for (Path folder : List.of(classes, resources)) {
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path content : files.filter(Files::isRegularFile).toList()) {
                        jar.putNextEntry(new JarEntry(folder.relativize(content).toString()));
                        Files.copy(content, jar);
                    }
                }
            }
        }
    }

    @Test
    void writesHelpTextsThatDescribeShows() throws Exception {
        writesAProjectThatCompilesHoldsItsContractAndCanBeUsed(PluginKind.PRUNER);

        assertThat(out.toString()).contains("fraction of the weights of each output row that is removed");
    }

    @Test
    void leavesNoPlaceholderBehind() throws IOException {
        for (PluginKind kind : PluginKind.values()) {
            Path project = home.resolve(kind.toString());
            lathe("new-plugin", "com.acme.mymethod", "--kind", kind.toString(), "--dir", project.toString());
            try (Stream<Path> files = Files.walk(project)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    assertThat(Files.readString(file)).as(file.toString()).doesNotContainPattern("@[A-Z]{2,}@");
                }
            }
        }
    }

    @Test
    void refusesAFolderThatIsOccupiedAndANameThatIsNoPackage() throws IOException {
        Files.writeString(home.resolve("mine.txt"), "mine");

        assertThat(lathe("new-plugin", "com.acme.mymethod", "--kind", "kv", "--dir", home.toString()))
                .isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(lathe("new-plugin", "My-Method", "--kind", "kv")).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(lathe("new-plugin", "com.acme.mymethod", "--kind", "pruning")).isEqualTo(ExitCode.WRONG_INPUT);

        assertThat(err.toString()).contains("is not empty", "'My-Method' cannot be a package", "pruner, quantizer");
    }
}
