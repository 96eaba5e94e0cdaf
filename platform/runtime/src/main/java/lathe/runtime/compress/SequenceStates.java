package lathe.runtime.compress;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

import lathe.runtime.config.Places;
import lathe.spi.LatheException;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One float32 matrix a sequence, in memory if it fits the budget, else in a temporary file that is mapped. */
final class SequenceStates implements AutoCloseable {
    private final Scope scope;
    private final Arena arena = Arena.ofShared();
    private final List<Tensor> states = new ArrayList<>();
    private final boolean spilled;

    /**
     * @param rows   rows of each sequence
     * @param width  columns of all
     * @param memory the budget
     * @param parent owner of what lies in memory
     */
    SequenceStates(List<Integer> rows, int width, CalibrationMemory memory, Scope parent) {
        this.scope = parent.child();
        long all = rows.stream().mapToLong(count -> (long) count * width * Float.BYTES).sum();
        this.spilled = all > memory.bytes();
        try {
            MemorySegment mapped = spilled ? map(memory.folder(), all) : null;
            long at = 0;
            for (int count : rows) {
                if (spilled) {
                    long size = (long) count * width * Float.BYTES;
                    states.add(scope.over(mapped.asSlice(at, size), DataType.F32, count, width));
                    at += size;
                } else {
                    states.add(scope.zeros(count, width));
                }
            }
        } catch (RuntimeException | Error failure) {
            close();
            throw failure;
        }
    }

    private MemorySegment map(Path folder, long bytes) {
        try {
            Files.createDirectories(folder);
            Path file = Files.createTempFile(folder, "activations", ".tmp");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
            } finally {
                remove(file);
            }
        } catch (IOException failure) {
            throw new LatheException("The activations of the calibration text need " + (bytes >> 20)
                    + " MiB, more than calibration.memory allows, and cannot be put into a file in "
                    + Places.shown(folder) + ": " + failure.getMessage() + ".", failure);
        }
    }

    /** A file that is mapped needs no name; where the system wants to keep it, it goes with the process. */
    private static void remove(Path file) {
        try {
            Files.delete(file);
        } catch (IOException inUse) {
            file.toFile().deleteOnExit();
        }
    }

    /** Whether they lie in a file. */
    boolean spilled() {
        return spilled;
    }

    Tensor get(int sequence) {
        return states.get(sequence);
    }

    @Override
    public void close() {
        scope.close();
        arena.close();
    }
}
