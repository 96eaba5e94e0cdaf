package lathe.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Locale;
import java.util.Optional;

/**
 * Looks for the NVIDIA driver without touching a class of JCuda: those fail in their static initialiser where the driver
 * is missing, and with an error that says nothing to a user.
 */
final class DriverLibrary {
    private static final String NAME = "libcuda.so.1";

    private DriverLibrary() {}

    /** Why there is no driver, empty if there is one. */
    static Optional<String> missing() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch");
        if (!system.startsWith("linux") || !processor.equals("amd64")) {
            return Optional.of("The CUDA backend is made for Linux on x86-64; this is " + system + " on " + processor
                    + ".");
        }
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(NAME, arena);
            return Optional.empty();
        } catch (IllegalArgumentException notFound) {
            return Optional.of("No NVIDIA driver was found on this machine (" + NAME + ").");
        }
    }
}
