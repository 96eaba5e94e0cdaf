package lathe.runtime.graph;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import lathe.runtime.registry.PluginSource;

/**
 * Digests of the classes of plugins. A jar that was built again from the same code has the same classes, and so the same
 * digest, whatever its manifest and times say.
 */
final class CodeDigests {
    private final Map<String, String> known = new ConcurrentHashMap<>();

    /** The digest of the classes that came with a method; of what could not be read, the bundle's name and version. */
    String of(Class<?> type, PluginSource source) {
        String location = location(type, source);
        return known.computeIfAbsent(location, place -> {
            try {
                return digest(path(place));
            } catch (IOException | IllegalArgumentException unreadable) {
                return source.digest().isEmpty() ? source.bundle() + " " + source.version() : source.digest();
            }
        });
    }

    private static String location(Class<?> type, PluginSource source) {
        if (!source.location().isEmpty()) {
            return source.location();
        }
        CodeSource code = type.getProtectionDomain().getCodeSource();
        return code == null || code.getLocation() == null ? type.getName() : code.getLocation().toString();
    }

    private static Path path(String location) {
        return location.startsWith("file:") ? Path.of(URI.create(location)) : Path.of(location);
    }

    private static String digest(Path place) throws IOException {
        Map<String, String> classes = new TreeMap<>();
        if (Files.isDirectory(place)) {
            try (Stream<Path> files = Files.walk(place)) {
                for (Path file : files.filter(name -> name.toString().endsWith(".class")).toList()) {
                    classes.put(place.relativize(file).toString(), Addresses.sha256(Files.readAllBytes(file)));
                }
            }
        } else {
            try (ZipFile jar = new ZipFile(place.toFile())) {
                for (ZipEntry entry : jar.stream().filter(name -> name.getName().endsWith(".class")).toList()) {
                    try (InputStream in = jar.getInputStream(entry)) {
                        classes.put(entry.getName(), Addresses.sha256(in.readAllBytes()));
                    }
                }
            }
        }
        return Addresses.of(classes.toString());
    }
}
