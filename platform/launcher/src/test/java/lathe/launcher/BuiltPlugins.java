package lathe.launcher;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The bundles of this source tree, as far as they were built before the launcher. */
public final class BuiltPlugins {
    private BuiltPlugins() {}

    /** The jars below {@code plugins/}, whichever there are. */
    public static List<Path> find() throws IOException {
        Path plugins = Path.of(System.getProperty("lathe.root", "../..")).resolve("plugins");
        List<Path> jars = new ArrayList<>();
        try (Stream<Path> modules = Files.list(plugins)) {
            for (Path module : modules.filter(folder -> Files.exists(folder.resolve("pom.xml"))).sorted().toList()) {
                if (Files.isDirectory(module.resolve("target"))) {
                    try (DirectoryStream<Path> built = Files.newDirectoryStream(module.resolve("target"), "*.jar")) {
                        built.forEach(jars::add);
                    }
                }
            }
        }
        jars.removeIf(jar -> jar.toString().matches(".*-(sources|javadoc|tests|test-sources)\\.jar"));
        return jars;
    }

    /** Copies them to the plugins folder of an installation. */
    public static List<Path> copyTo(Path folder) throws IOException {
        Files.createDirectories(folder);
        List<Path> copies = new ArrayList<>();
        for (Path jar : find()) {
            copies.add(Files.copy(jar, folder.resolve(jar.getFileName().toString())));
        }
        return copies;
    }
}
