package lathe.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Files that appear in a folder whole or not at all: all are written under temporary names and flushed to the disk,
 * then renamed. A process that dies in between leaves temporary files, never half a file under a final name.
 */
final class StagedFiles implements AutoCloseable {
    private final Path folder;
    private final Map<Path, Path> staged = new LinkedHashMap<>();

    /**
     * @param folder where the files shall appear; it exists
     */
    StagedFiles(Path folder) {
        this.folder = folder;
    }

    /**
     * Writes one file under a temporary name.
     *
     * @param name its final name
     * @param text its text
     * @throws IOException when it cannot be written
     */
    void write(String name, String text) throws IOException {
        Path temporary = Files.createTempFile(folder, "." + name + ".", ".tmp");
        staged.put(folder.resolve(name), temporary);
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    /**
     * Gives all files their names, replacing those of an earlier run.
     *
     * @throws IOException when one cannot be renamed
     */
    void publish() throws IOException {
        for (Map.Entry<Path, Path> file : staged.entrySet()) {
            makeReadable(file.getValue());
            try {
                Files.move(file.getValue(), file.getKey(), StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(file.getValue(), file.getKey(), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        staged.clear();
    }

    /** Temporary files are private to their owner; a report is for everybody who may enter the folder. */
    private static void makeReadable(Path file) {
        file.toFile().setReadable(true, false);
    }

    /** Removes what was written but not published. */
    @Override
    public void close() throws IOException {
        for (Path temporary : staged.values()) {
            Files.deleteIfExists(temporary);
        }
    }
}
