package lathe.launcher.matrix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

import lathe.spi.LatheException;

/** The part of a Markdown file between two comments, which a command writes. */
public final class MarkedSection {
    private MarkedSection() {}

    /**
     * Replaces what stands between {@code <!-- name -->} and {@code <!-- /name -->}.
     *
     * @param file the file
     * @param name names the section
     * @param text what stands there afterwards
     * @return whether the file has changed
     * @throws LatheException if the file cannot be read or written, or has no such section
     */
    public static boolean replace(Path file, String name, String text) {
        String begin = "<!-- " + name + " -->";
        String end = "<!-- /" + name + " -->";
        try {
            String old = Files.readString(file);
            int from = old.indexOf(begin);
            int to = old.indexOf(end, Math.max(from, 0));
            if (from < 0 || to < 0) {
                throw new LatheException(file + " has no place for the table: write the lines " + begin + " and " + end
                        + " where it shall stand.");
            }
            String changed = old.substring(0, from + begin.length()) + "\n" + text.strip() + "\n" + old.substring(to);
            if (changed.equals(old)) {
                return false;
            }
            Path partial = file.resolveSibling(file.getFileName() + ".partial");
            Files.writeString(partial, changed);
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException failure) {
            throw new LatheException(file + " cannot be updated: " + failure, failure);
        }
    }
}
