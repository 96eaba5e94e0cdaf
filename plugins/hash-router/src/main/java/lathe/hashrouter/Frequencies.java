package lathe.hashrouter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.tensor.Tensor;

/** Reads how often token ids occur. */
final class Frequencies {
    private Frequencies() {}

    /**
     * The counts of a tensor.
     *
     * @param counts one whole number a token id, of any type
     * @return one count a token id
     */
    static long[] of(Tensor counts) {
        long[] longs = new long[counts.size(0)];
        for (int id = 0; id < longs.length; id++) {
            longs[id] = (long) counts.get(id);
        }
        return longs;
    }

    /**
     * The counts of a text file.
     *
     * @param file one whole number a line
     * @return one count a token id
     */
    static long[] read(Optional<Path> file) {
        Path path = file.orElseThrow(() -> new LatheException("The router hash with assignment = balanced needs"
                + " frequencies = <a file with one number a line>."));
        List<String> lines;
        try {
            lines = Files.readAllLines(path);
        } catch (IOException failure) {
            throw new LatheException("The token frequencies " + path + " cannot be read: " + failure.getMessage(),
                    failure);
        }
        long[] counts = new long[lines.size()];
        for (int id = 0; id < counts.length; id++) {
            counts[id] = count(lines.get(id).strip(), path, id + 1);
        }
        return counts;
    }

    private static long count(String text, Path path, int line) {
        try {
            long count = Long.parseLong(text);
            if (count >= 0) {
                return count;
            }
        } catch (NumberFormatException none) {
            // Said below, like a negative number.
        }
        throw new LatheException("Line " + line + " of " + path + " is '" + text
                + "', but every line must be how often a token id occurs: a whole number of at least 0.");
    }
}
