package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

import lathe.models.checkpoint.AtomicFile;
import lathe.runtime.config.Places;
import lathe.spi.LatheException;

/** The folder that a run leaves, with its log. */
final class RunFolder implements AutoCloseable {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
    private static final int TRIES = 100;

    private final Path path;
    private final PrintWriter log;

    private RunFolder(Path path, PrintWriter log) {
        this.path = path;
        this.log = log;
    }

    /**
     * Makes a new folder {@code <runs>/<name>/<time>-<hash>}.
     *
     * @throws LatheException if it cannot be made or written to
     */
    static RunFolder create(Path runs, String name, Instant now, String hash) {
        requireNonNull(runs, "runs is null");
        Path parent = runs.toAbsolutePath().normalize().resolve(name);
        String stem = TIME.format(now.atZone(ZoneId.systemDefault())) + "-" + hash;
        try {
            Files.createDirectories(parent);
            Path folder = fresh(parent, stem);
            PrintWriter log = new PrintWriter(
                    Files.newBufferedWriter(folder.resolve("log"), StandardCharsets.UTF_8), true);
            return new RunFolder(folder, log);
        } catch (IOException failure) {
            throw new LatheException("The run folder " + Places.shown(parent) + " cannot be written: "
                    + failure.getClass().getSimpleName() + " (" + failure.getMessage()
                    + "). Name a folder that can be written to with --runs.", failure);
        }
    }

    /** Two runs of one second get different folders. */
    private static Path fresh(Path parent, String stem) throws IOException {
        for (int i = 1; i < TRIES; i++) {
            try {
                return Files.createDirectory(parent.resolve(i == 1 ? stem : stem + "-" + i));
            } catch (FileAlreadyExistsException taken) {
                // The next number is tried.
            }
        }
        throw new FileAlreadyExistsException(parent.resolve(stem).toString());
    }

    Path path() {
        return path;
    }

    void write(String name, String text) {
        AtomicFile.write(path.resolve(name), channel -> {
            var bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    void log(String line) {
        log.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + line);
    }

    @Override
    public void close() {
        log.close();
        if (log.checkError()) {
            throw new UncheckedIOException(new IOException("The log of " + path + " could not be written."));
        }
    }
}
