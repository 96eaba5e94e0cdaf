package lathe.runtime.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import lathe.runtime.config.Places;
import lathe.spi.LatheException;

/** The version of a store's layout, in the file {@code format} of its folder. */
final class StoreFormat {
    private static final String FILE = "format";
    private static final int VERSION = 1;

    private StoreFormat() {}

    static void check(Path root) throws IOException {
        Path file = root.resolve(FILE);
        if (!Files.exists(file)) {
            Manifest.text(file, VERSION + "\n");
            return;
        }
        String text = Files.readString(file).strip();
        boolean number = text.matches("\\d{1,9}");
        if (!number) {
            throw new LatheException("The folder " + Places.shown(root) + " is no store: its file " + FILE
                    + " does not hold a version.");
        } else if (Integer.parseInt(text) > VERSION) {
            throw new LatheException("The store " + Places.shown(root) + " comes from a newer Lathe (layout " + text
                    + ", this one knows " + VERSION + "): use that Lathe, or another folder with --runs.");
        }
    }
}
