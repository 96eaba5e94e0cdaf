package lathe.engine.blas;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds shared libraries: in the distribution's folder for this platform (system property {@code lathe.native}), else in
 * the jar of OpenBLAS on the class path, from where they are copied once into the user's cache.
 */
final class NativeFiles {
    private static final List<String> NAMES = List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5",
            "libopenblas.so.0");

    private NativeFiles() {}

    /** This platform's name in folders and jars. */
    static String platform() {
        String system = System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT);
        String processor = System.getProperty("os.arch");
        String os = system.startsWith("mac") ? "macosx" : system.startsWith("windows") ? "windows" : system;
        String arch = switch (processor) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64" -> "arm64";
            default -> processor;
        };
        return os + "-" + arch;
    }

    /** The libraries in the order in which they are loaded; empty if this platform has none. */
    static Optional<List<Path>> find() {
        String folder = System.getProperty("lathe.native");
        if (folder != null) {
            List<Path> files = NAMES.stream().map(Path.of(folder).toAbsolutePath()::resolve).toList();
            if (Files.isRegularFile(files.getLast())) {
                return Optional.of(files.stream().filter(Files::isRegularFile).toList());
            }
        }
        return fromClassPath();
    }

    private static Optional<List<Path>> fromClassPath() {
        String prefix = "/org/bytedeco/openblas/" + platform() + "/";
        List<Path> files = new ArrayList<>();
        for (String name : NAMES) {
            URL resource = NativeFiles.class.getResource(prefix + name);
            if (resource != null) {
                try {
                    files.add(cached(resource, name));
                } catch (IOException e) {
                    throw new UncheckedIOException("The library " + name + " could not be copied to the cache.", e);
                }
            }
        }
        return files.isEmpty() || !files.getLast().endsWith(NAMES.getLast()) ? Optional.empty() : Optional.of(files);
    }

    /** The folder's name holds the size and the time of the file, so that another version gets another folder. */
    private static Path cached(URL resource, String name) throws IOException {
        URLConnection connection = resource.openConnection();
        long size = connection.getContentLengthLong();
        long time = connection.getLastModified();
        try (InputStream in = connection.getInputStream()) {
            Path folder = cache().resolve("native").resolve(platform());
            Path file = folder.resolve(Long.toHexString(time) + "-" + Long.toHexString(size)).resolve(name);
            if (Files.isRegularFile(file) && Files.size(file) == size) {
                return file;
            }
            Files.createDirectories(file.getParent());
            // Written beside it and renamed: another process sees the whole file or none.
            Path part = Files.createTempFile(file.getParent(), name, ".part");
            try {
                Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
            return file;
        }
    }

    private static Path cache() {
        String own = System.getProperty("lathe.cache");
        if (own != null) {
            return Path.of(own);
        }
        String shared = System.getenv("XDG_CACHE_HOME");
        Path base = shared == null || shared.isBlank() ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(shared);
        return base.resolve("lathe");
    }
}
