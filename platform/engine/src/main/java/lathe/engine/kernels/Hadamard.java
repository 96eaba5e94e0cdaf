package lathe.engine.kernels;

import static lathe.engine.kernels.Memory.getFloat;
import static lathe.engine.kernels.Memory.setFloat;

import jdk.incubator.vector.FloatVector;

/** The orthonormal Walsh-Hadamard transform in Sylvester's order, in place. */
final class Hadamard {
    private Hadamard() {}

    /**
     * Transforms blocks of elements that stand a stride apart.
     *
     * @param values float32
     * @param count  a multiple of block * stride
     * @param block  a power of two
     * @param stride 1 for consecutive elements
     */
    static void transform(long values, int count, int block, int stride) {
        float scale = (float) (1 / Math.sqrt(block));
        int span = block * stride;
        for (int from = 0; from < count; from += span) {
            long start = values + 4L * from;
            for (int half = stride; half < span; half *= 2) {
                for (int pair = 0; pair < span; pair += 2 * half) {
                    butterfly(start + 4L * pair, half);
                }
            }
            for (int i = 0; i < span; i++) {
                setFloat(start + 4L * i, getFloat(start + 4L * i) * scale);
            }
        }
    }

    private static void butterfly(long at, int half) {
        int i = 0;
        for (; i <= half - Lanes.N; i += Lanes.N) {
            FloatVector a = Lanes.floats(at + 4L * i);
            FloatVector b = Lanes.floats(at + 4L * (half + i));
            Lanes.store(a.add(b), at + 4L * i);
            Lanes.store(a.sub(b), at + 4L * (half + i));
        }
        for (; i < half; i++) {
            float a = getFloat(at + 4L * i);
            float b = getFloat(at + 4L * (half + i));
            setFloat(at + 4L * i, a + b);
            setFloat(at + 4L * (half + i), a - b);
        }
    }
}
