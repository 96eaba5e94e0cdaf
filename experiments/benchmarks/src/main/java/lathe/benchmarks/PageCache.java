package lathe.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the system keeps of files in memory. A file just written lies there in pages of 4 KB; read from disk by its mapping,
 * as a model is when it is first run, it comes in large ones where the system has them, and a token in bfloat16 is 8 to 10 %
 * faster, as fast as from the engine's own memory.
 */
final class PageCache {
    private static final int READ_ONLY = 0;
    private static final int ADVICE_NOT_NEEDED = 4;

    private PageCache() {}

    /**
     * Makes the next reader read a file from disk. Only advice: a system without it, or files in memory alone, keep what
     * they have.
     *
     * @param file the file
     * @throws IOException if it cannot be brought to the disk
     */
    static void forget(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            // What is not on the disk yet stays.
            channel.force(true);
        }
        Linker linker = Linker.nativeLinker();
        SymbolLookup system = linker.defaultLookup();
        if (system.find("posix_fadvise").isEmpty()) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            var open = linker.downcallHandle(system.findOrThrow("open"),
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), Linker.Option.firstVariadicArg(2));
            var advise = linker.downcallHandle(system.findOrThrow("posix_fadvise"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
            var close = linker.downcallHandle(system.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
            MemorySegment name = arena.allocateFrom(file.toString());
            int descriptor = (int) open.invokeExact(name, READ_ONLY);
            if (descriptor >= 0) {
                int ignored = (int) advise.invokeExact(descriptor, 0L, 0L, ADVICE_NOT_NEEDED);
                ignored = (int) close.invokeExact(descriptor);
            }
        } catch (Throwable thrown) {
            throw new IllegalStateException("The system cannot be advised about " + file + ".", thrown);
        }
    }
}
