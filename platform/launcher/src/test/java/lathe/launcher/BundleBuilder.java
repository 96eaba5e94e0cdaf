package lathe.launcher;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import com.google.gson.Gson;
import com.typesafe.config.Config;

import lathe.runtime.registry.PluginRegistry;
import lathe.spi.Plugin;

/** Compiles plugin bundles for tests, good ones and broken ones. */
public final class BundleBuilder {
    private final String symbolicName;
    private final String version;
    private final List<String> imports = new ArrayList<>(List.of("lathe.spi", "lathe.spi.weight"));
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final List<String> absent = new ArrayList<>();
    private final List<String> exports = new ArrayList<>();
    private String services;

    private BundleBuilder(String symbolicName, String version) {
        this.symbolicName = symbolicName;
        this.version = version;
    }

    /** Begins a bundle without any class. */
    public static BundleBuilder bundle(String symbolicName, String version) {
        return new BundleBuilder(symbolicName, version);
    }

    /** A bundle that brings one pruner of the given id, made by the class {@code test.<name>.GoodPlugin}. */
    public static BundleBuilder pruner(String symbolicName, String version, String id) {
        return bundle(symbolicName, version).plugin("good" + id, "GoodPlugin", "", """
                return java.util.List.of(lathe.spi.Method.pruner("%s", Settings.class, settings -> null)
                        .summary("Prunes %s by %s."));
                """.formatted(id, version, symbolicName));
    }

    /** A bundle that brings one pruner with the given members of its class; the packages of what they need are imported. */
    public static BundleBuilder pruner(String symbolicName, String version, String id, String members) {
        return bundle(symbolicName, version).imports("lathe.spi.model").imports("lathe.spi.tensor")
                .plugin(id, "AcmePlugin", "", """
                        return java.util.List.of(lathe.spi.Method.pruner("%s", Settings.class,
                                settings -> new AcmePruner()));
                        """.formatted(id))
                .source("test." + id + ".AcmePruner", """
                        package test.%s;

                        import lathe.spi.Refusal;
                        import lathe.spi.model.ModelInfo;
                        import lathe.spi.tensor.Mask;
                        import lathe.spi.weight.Pruned;
                        import lathe.spi.weight.WeightScene;

                        final class AcmePruner implements lathe.spi.weight.Pruner {
                            %s
                        }
                        """.formatted(id, members));
    }

    /** A bundle that brings one pruner that keeps everything. */
    public static BundleBuilder keeper(String symbolicName, String version, String id) {
        return pruner(symbolicName, version, id, """
                public Pruned prune(WeightScene scene) {
                    return Pruned.keep(Mask.nonZero(scene.weight()), scene.weight());
                }
                """);
    }

    /** Adds a plugin class with the given constructor body and body of {@code methods()}. */
    public BundleBuilder plugin(String packageName, String name, String constructor, String methods) {
        services = "test." + packageName + "." + name;
        return source(services, """
                package test.%s;

                public final class %s implements lathe.spi.Plugin {
                    /** @param ratio how much goes */
                    public record Settings(@lathe.spi.Default("0.5") @lathe.spi.Range("[0, 1)") double ratio) {}

                    public %s() {
                        %s
                    }

                    @Override
                    public java.util.List<lathe.spi.Method<?>> methods() {
                        %s
                    }
                }
                """.formatted(packageName, name, name, constructor, methods));
    }

    /** Adds a class. */
    public BundleBuilder source(String className, String text) {
        sources.put(className, text);
        return this;
    }

    /** Adds a class to compile against that another bundle brings. */
    public BundleBuilder withoutJar(String className, String text) {
        absent.add(className.replace('.', '/') + ".class");
        return source(className, text);
    }

    /** Exports one package. */
    public BundleBuilder exports(String clause) {
        exports.add(clause);
        return this;
    }

    /** Names a plugin class, or whatever else, in the service file. */
    public BundleBuilder services(String line) {
        services = line;
        return this;
    }

    /** Imports one package more. */
    public BundleBuilder imports(String clause) {
        imports.add(clause);
        return this;
    }

    /** Writes the jar. */
    public Path write(Path jar) {
        try {
            Path classes = Files.createTempDirectory("classes");
            if (!sources.isEmpty()) {
                compile(classes);
            }
            try (OutputStream file = Files.newOutputStream(jar); ZipOutputStream out = new ZipOutputStream(file)) {
                entry(out, JarFile.MANIFEST_NAME, manifest().getBytes(StandardCharsets.UTF_8));
                if (services != null) {
                    entry(out, "META-INF/services/lathe.spi.Plugin", services.getBytes(StandardCharsets.UTF_8));
                }
                try (Stream<Path> files = Files.walk(classes)) {
                    for (Path compiled : files.filter(Files::isRegularFile).sorted().toList()) {
                        String name = classes.relativize(compiled).toString();
                        if (!absent.contains(name)) {
                            entry(out, name, Files.readAllBytes(compiled));
                        }
                    }
                }
            }
            delete(classes);
            return jar;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private String manifest() {
        StringBuilder text = new StringBuilder(Attributes.Name.MANIFEST_VERSION + ": 1.0\n");
        if (symbolicName != null) {
            text.append("Bundle-ManifestVersion: 2\nBundle-SymbolicName: ").append(symbolicName);
            text.append("\nBundle-Version: ").append(version).append('\n');
            text.append("Import-Package: ").append(String.join(",\n ", imports)).append('\n');
            if (!exports.isEmpty()) {
                text.append("Export-Package: ").append(String.join(",\n ", exports)).append('\n');
            }
        }
        return text.append('\n').toString();
    }

    private void compile(Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        List<Source> units = sources.entrySet().stream()
                .map(source -> new Source(source.getKey(), source.getValue()))
                .toList();
        List<String> options = List.of("-d", classes.toString(), "-proc:none", "-classpath",
                classPath());
        if (!compiler.getTask(null, null, problems, options, null, units).call()) {
            throw new IllegalStateException(problems.getDiagnostics().stream()
                    .map(Diagnostic::toString)
                    .toList()
                    .toString());
        }
    }

    /** What bundles are compiled against. Not the JVM's class path: a test runner may hold the classes in a loader of its own. */
    private static String classPath() {
        return Stream.of(Plugin.class, PluginRegistry.class, Gson.class, Config.class)
                .map(type -> Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()))
                        .toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static void entry(ZipOutputStream out, String name, byte[] bytes) throws IOException {
        out.putNextEntry(new ZipEntry(name));
        out.write(bytes);
        out.closeEntry();
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String className, String text) {
            super(URI.create("string:///" + className.replace('.', '/') + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreErrors) {
            return text;
        }
    }
}
