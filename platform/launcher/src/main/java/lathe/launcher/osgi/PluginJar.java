package lathe.launcher.osgi;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;

/**
 * A file of the plugins folder, looked at before the framework sees it, so that what is wrong can be said in a sentence.
 *
 * @param file    where it lies
 * @param digest  SHA-256 of its bytes in hexadecimal digits
 * @param bundle  its symbolic name, or the file name if it has none
 * @param version its version, empty if it has none
 * @param problem why it cannot be installed, if it cannot
 */
record PluginJar(Path file, String digest, String bundle, String version, Optional<String> problem) {
    PluginJar {
        requireNonNull(file, "file is null");
        requireNonNull(digest, "digest is null");
        requireNonNull(bundle, "bundle is null");
        requireNonNull(version, "version is null");
        requireNonNull(problem, "problem is null");
    }

    /** Reads the file's digest and manifest; never throws for what is in the file. */
    static PluginJar read(Path file) {
        String name = file.getFileName().toString();
        String digest = "";
        try {
            digest = sha256(file);
            return fromManifest(file, name, digest);
        } catch (ZipException failure) {
            return broken(file, digest, "The file is no jar: " + failure.getMessage() + ".");
        } catch (IOException | UncheckedIOException failure) {
            return broken(file, digest, "The file cannot be read: " + failure.getMessage() + ".");
        }
    }

    private static PluginJar fromManifest(Path file, String name, String digest) throws IOException {
        try (JarFile jar = new JarFile(file.toFile(), false)) {
            Manifest manifest = jar.getManifest();
            if (manifest == null) {
                return broken(file, digest, "The jar has no manifest, so it is no bundle. Build it with bnd.");
            }
            Attributes main = manifest.getMainAttributes();
            String symbolicName = main.getValue("Bundle-SymbolicName");
            if (symbolicName == null) {
                return broken(
                        file,
                        digest,
                        "The jar is no bundle: its manifest has no Bundle-SymbolicName. Build it with bnd.");
            }
            String version = main.getValue("Bundle-Version");
            String bare = symbolicName.split(";", 2)[0].trim();
            return new PluginJar(file, digest, bare, version == null ? "" : version.trim(), Optional.empty());
        }
    }

    private static PluginJar broken(Path file, String digest, String problem) {
        return new PluginJar(file, digest, file.getFileName().toString(), "", Optional.of(problem));
    }

    /** A location that is another one whenever the content is: an update is a new bundle beside the old one. */
    String location() {
        return "lathe:" + file + "#" + digest.substring(0, 16);
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
