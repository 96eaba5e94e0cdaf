package lathe.launcher.osgi;

import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;

import lathe.spi.Plugin;

/**
 * A file of the plugins folder as it was at one moment: a copy of it, looked at before the framework sees it, so that what is
 * wrong can be said in a sentence. Whoever replaces the file does not touch the copy.
 */
final class PluginJar {
    /** Names the classes of the plugins, one a line. */
    static final String SERVICE_FILE = "META-INF/services/" + Plugin.class.getName();

    private final Path file;
    private final Path copy;
    private String bundle;
    private String version = "";
    private boolean activated;
    private List<String> plugins = List.of();
    private String problem;
    private String digest;

    private PluginJar(Path file, Path copy) {
        this.file = requireNonNull(file, "file is null");
        this.copy = requireNonNull(copy, "copy is null");
        this.bundle = file.getFileName().toString();
    }

    /**
     * Copies a file and reads the copy's manifest; never throws for what is in the file.
     *
     * @param file the file
     * @param copy where the copy goes
     * @return what was found
     */
    static PluginJar read(Path file, Path copy) {
        PluginJar jar = new PluginJar(file, copy);
        try {
            if (Files.isDirectory(file)) {
                throw new IOException(file + " is a folder");
            }
            Files.copy(file, copy);
            jar.readCopy();
        } catch (ZipException failure) {
            jar.problem = "The file is no jar: " + failure.getMessage() + ".";
        } catch (IOException | UncheckedIOException failure) {
            jar.problem = "The file cannot be read: " + failure.getMessage() + ".";
        }
        return jar;
    }

    private void readCopy() throws IOException {
        try (JarFile jar = new JarFile(copy.toFile(), false)) {
            Manifest manifest = jar.getManifest();
            if (manifest == null) {
                problem = "The jar has no manifest, so it is no bundle. Build it with bnd.";
                return;
            }
            Attributes main = manifest.getMainAttributes();
            String symbolicName = main.getValue("Bundle-SymbolicName");
            if (symbolicName == null) {
                problem = "The jar is no bundle: its manifest has no Bundle-SymbolicName. Build it with bnd.";
                return;
            }
            bundle = symbolicName.split(";", 2)[0].trim();
            version = Optional.ofNullable(main.getValue("Bundle-Version")).map(String::trim).orElse("");
            activated = main.getValue("Bundle-Activator") != null;
            plugins = names(jar);
        }
    }

    private static List<String> names(JarFile jar) throws IOException {
        JarEntry entry = jar.getJarEntry(SERVICE_FILE);
        if (entry == null) {
            return List.of();
        }
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(jar.getInputStream(entry), StandardCharsets.UTF_8))) {
            return lines.lines()
                    .map(line -> line.split("#", 2)[0].trim())
                    .filter(line -> !line.isEmpty())
                    .toList();
        }
    }

    /** Where it lies. */
    Path file() {
        return file;
    }

    /** Where its copy lies, which the framework works with. */
    Path copy() {
        return copy;
    }

    /** Its symbolic name, or the file's name if it has none. */
    String bundle() {
        return bundle;
    }

    /** Its version, empty if it has none. */
    String version() {
        return version;
    }

    /** Whether it has code that runs when the framework stops it. */
    boolean activated() {
        return activated;
    }

    /** The classes of its plugins. */
    List<String> plugins() {
        return plugins;
    }

    /** Why it cannot be installed, if it cannot. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    /** SHA-256 of its bytes in hexadecimal digits, computed when it is first asked for; empty if they cannot be read. */
    synchronized String digest() {
        if (digest == null) {
            try {
                digest = Files.isRegularFile(copy) ? sha256(copy) : "";
            } catch (IOException unreadable) {
                digest = "";
            }
        }
        return digest;
    }

    /** Whether another file holds the same bytes. */
    boolean sameContent(PluginJar other) {
        return !digest().isEmpty() && digest().equals(other.digest());
    }

    /** Deletes the copy; the digest stays known. */
    void discard() {
        digest();
        try {
            Files.deleteIfExists(copy);
        } catch (IOException ignored) {
            // It goes with the folder when the framework stops.
        }
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("Every JDK has SHA-256", impossible);
        }
    }
}
