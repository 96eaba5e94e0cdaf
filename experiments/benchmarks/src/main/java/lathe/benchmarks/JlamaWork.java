package lathe.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.BFloat16BufferTensor;
import com.github.tjake.jlama.tensor.FloatBufferTensor;
import com.github.tjake.jlama.tensor.Q4ByteBufferTensor;
import com.github.tjake.jlama.tensor.TensorShape;
import com.github.tjake.jlama.tensor.operations.PanamaTensorOperations;
import com.github.tjake.jlama.tensor.operations.TensorOperations;
import com.github.tjake.jlama.util.MachineSpec;

import lathe.engine.Engine;
import lathe.spi.numeric.Parallel;

/** The same shapes by Jlama's kernels of the Vector API, their rows shared by the threads of Lathe's pool. */
final class JlamaWork {
    private static final int BLOCK = 32;

    private JlamaWork() {}

    /** One token times weights of a form, over so many weights that none stays in a cache. */
    static Work oneToken(String form, int size, long totalBytes) {
        TensorOperations operations = new PanamaTensorOperations(MachineSpec.VECTOR_TYPE);
        FloatBufferTensor input = numbers(1, size);
        FloatBufferTensor output = new FloatBufferTensor(1, size);
        List<AbstractTensor<?, ?>> weights = new ArrayList<>();
        for (long bytes = 0; bytes < totalBytes; bytes += bytes(form, size)) {
            weights.add(weight(form, size));
        }
        Parallel parallel = Engine.shared().parallel();
        int chunk = size / parallel.threads();
        return new Work() {
            private int next;

            @Override
            public void run() {
                AbstractTensor<?, ?> weight = weights.get(next++ % weights.size());
                parallel.forEach(size, chunk,
                        (from, to) -> operations.dotProductChunk(output, input, weight, 0, size, from, to - from));
            }
        };
    }

    private static long bytes(String form, int size) {
        return switch (form) {
            case "f32" -> 4L * size * size;
            case "bf16" -> 2L * size * size;
            case "int4" -> (long) size * size / 2 + 4L * size * size / BLOCK;
            default -> throw Work.unknown("Jlama", form);
        };
    }

    private static AbstractTensor<?, ?> weight(String form, int size) {
        return switch (form) {
            case "f32" -> numbers(size, size);
            case "bf16" -> new BFloat16BufferTensor(size, size);
            case "int4" -> new Q4ByteBufferTensor("weight", codes(size * size / 2), numbers(size, size / BLOCK),
                    TensorShape.of(size, size), true);
            default -> throw Work.unknown("Jlama", form);
        };
    }

    private static FloatBufferTensor numbers(int rows, int columns) {
        FloatBufferTensor tensor = new FloatBufferTensor(rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                tensor.set((i * 31 + j * 17 & 0xff) / 256f, i, j);
            }
        }
        return tensor;
    }

    private static ByteBuffer codes(int bytes) {
        ByteBuffer codes = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < bytes; i++) {
            codes.put(i, (byte) (i * 0x9E3779B9 >>> 24));
        }
        return codes;
    }
}
