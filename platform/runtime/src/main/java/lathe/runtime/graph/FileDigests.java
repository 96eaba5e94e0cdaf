package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import lathe.runtime.config.Places;
import lathe.spi.LatheException;

/**
 * Content digests of input files and model folders. With a memory file, a file is read once and known by its path, size and
 * time afterwards.
 */
public final class FileDigests {
    private static final int BUFFER = 1 << 20;

    private final Optional<Path> memory;
    private final Map<String, String> known = new ConcurrentHashMap<>();
    private boolean learned;

    /**
     * @param memory a file that keeps digests between runs, if wanted
     */
    public FileDigests(Optional<Path> memory) {
        this.memory = requireNonNull(memory, "memory is null");
        memory.filter(Files::isRegularFile).ifPresent(this::recall);
    }

    /**
     * The digest of a file or of a model's folder.
     *
     * @param path either
     * @return hexadecimal digits; of a folder those of its config, weights and tokenizer together
     */
    public String of(Path path) {
        try {
            return Files.isDirectory(path) ? folder(path) : file(path);
        } catch (IOException failure) {
            throw new LatheException(Places.shown(path) + " cannot be read: " + failure.getMessage() + ".", failure);
        }
    }

    private String folder(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(Files::isRegularFile).filter(FileDigests::counts).sorted().toList();
            StringBuilder all = new StringBuilder();
            for (Path file : files) {
                all.append(file.getFileName()).append(' ').append(file(file)).append('\n');
            }
            return Addresses.sha256(all.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private static boolean counts(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".json") || name.endsWith(".safetensors") || name.endsWith(".model");
    }

    private String file(Path file) throws IOException {
        String key = file.toRealPath() + "|" + Files.size(file) + "|" + Files.getLastModifiedTime(file).toMillis();
        String digest = known.get(key);
        if (digest == null) {
            digest = read(file);
            known.put(key, digest);
            learned = true;
        }
        return digest;
    }

    private static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                sha.update(buffer, 0, count);
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("Every JDK has SHA-256.", impossible);
        }
    }

    private void recall(Path file) {
        Properties kept = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            kept.load(in);
            kept.forEach((key, value) -> known.put(key.toString(), value.toString()));
        } catch (IOException | IllegalArgumentException unreadable) {
            // The files are then read again.
        }
    }

    /** Keeps what was learned, if there is a memory file. A memory that cannot be written is no error. */
    public void remember() {
        if (memory.isEmpty() || !learned) {
            return;
        }
        Path file = memory.get();
        Path temporary = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Files.createDirectories(file.getParent());
            Properties kept = new Properties();
            kept.putAll(known.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
            try (var out = Files.newOutputStream(temporary)) {
                kept.store(out, "Digests of input files by path, size and time");
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException unwritable) {
            // It only saves time.
        }
    }
}
