package lathe.models.checkpoint;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Golden files outside of the project: of the shared folder, and of further folders that are given for a run. */
public final class SharedFolder {
    private SharedFolder() {}

    /** A folder below the shared one; the test is skipped where it is not there. */
    public static Path require(String below) {
        Path folder = Path.of(System.getProperty("lathe.shared", "../shared")).resolve(below);
        assumeTrue(Files.isDirectory(folder), () -> "skipped: there is no folder " + folder);
        return folder;
    }

    /** The folders below {@code golden/<kind>} of the shared folder and below {@code <kind>} of lathe.golden's folders. */
    public static List<Path> cases(String kind) {
        List<Path> found = new ArrayList<>(folders(require("golden/" + kind)));
        for (String more : System.getProperty("lathe.golden", "").split(":")) {
            Path folder = Path.of(more).resolve(kind);
            if (!more.isBlank() && Files.isDirectory(folder)) {
                found.addAll(folders(folder));
            }
        }
        return found;
    }

    /** Everything in a folder, sorted by name. */
    public static List<Path> list(Path folder) {
        try (Stream<Path> content = Files.list(folder)) {
            return content.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> folders(Path folder) {
        return list(folder).stream().filter(Files::isDirectory).toList();
    }
}
