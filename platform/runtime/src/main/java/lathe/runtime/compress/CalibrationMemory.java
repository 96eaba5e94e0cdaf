package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * How much memory the activations of calibration sequences may take between blocks. What is more lies in a temporary file
 * that is mapped; the numbers are the same.
 *
 * @param bytes  most bytes in memory
 * @param folder where temporary files go; they disappear with the walk, or with the process
 */
public record CalibrationMemory(long bytes, Path folder) {
    /** Bytes that are taken where nobody says otherwise. */
    public static final long STANDARD = 512L << 20;

    /** Checks the parts. */
    public CalibrationMemory {
        requireNonNull(folder, "folder is null");
        if (bytes < 0) {
            throw new IllegalArgumentException("A budget of " + bytes + " bytes is negative.");
        }
    }

    /**
     * The usual budget, with temporary files where the system keeps them.
     *
     * @return the budget
     */
    public static CalibrationMemory standard() {
        return new CalibrationMemory(STANDARD, Path.of(System.getProperty("java.io.tmpdir")));
    }
}
