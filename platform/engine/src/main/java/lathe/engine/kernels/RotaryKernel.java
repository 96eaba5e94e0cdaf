package lathe.engine.kernels;

import static lathe.engine.kernels.Memory.getFloat;
import static lathe.engine.kernels.Memory.setFloat;

import java.util.Arrays;

import jdk.incubator.vector.FloatVector;

import lathe.spi.model.Rotary;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * Rotates positions into heads. Angles, cosines and sines are taken in float64. The table of the last positions is kept,
 * since all layers of a pass ask for the same.
 */
final class RotaryKernel {
    private static final int ROWS = 64;

    private final Parallel parallel;
    private final RowMath math;
    private volatile Table last;

    RotaryKernel(Parallel parallel, RowMath math) {
        this.parallel = parallel;
        this.math = math;
    }

    /** Cosines and sines: of each position first all cosines, then all sines. */
    private record Table(Rotary rotary, int[] positions, float[] values) {}

    void rotate(Tensor heads, int[] positions, Rotary rotary) {
        if (heads.rank() != 3 || heads.type() != DataType.F32 || heads.stride(2) != 1 && heads.size(2) > 1) {
            throw new IllegalArgumentException(
                    "Rotation needs float32 heads [h, n, headDim] in one piece, not " + heads.type() + " "
                            + heads.shape() + ".");
        }
        int tokens = heads.size(1);
        if (positions.length != tokens || rotary.rotatedFeatures() > heads.size(2)) {
            throw new IllegalArgumentException("Rotation of " + heads.shape() + " cannot use " + positions.length
                    + " positions and " + rotary.rotatedFeatures() + " rotated features.");
        }
        Table table = table(rotary, positions);
        long address = Memory.address(heads);
        long headStride = 4 * heads.stride(0);
        long tokenStride = 4 * heads.stride(1);
        int half = rotary.rotatedFeatures() / 2;
        boolean interleaved = rotary.interleaved();
        parallel.forEach(heads.size(0) * tokens, ROWS, (from, to) -> {
            for (int i = from; i < to; i++) {
                long at = address + i / tokens * headStride + i % tokens * tokenStride;
                int angles = i % tokens * 2 * half;
                if (interleaved) {
                    rotatePairs(at, table.values, angles, half);
                } else if (math.isYoung(half)) {
                    OneByOne.rotateHalves(at, table.values, angles, half);
                } else {
                    rotateHalves(at, table.values, angles, half);
                }
            }
        });
    }

    private Table table(Rotary rotary, int[] positions) {
        Table known = last;
        if (known != null && known.rotary.equals(rotary) && Arrays.equals(known.positions, positions)) {
            return known;
        }
        double[] frequencies = rotary.inverseFrequencies();
        int half = frequencies.length;
        float[] values = new float[Math.multiplyExact(positions.length, 2 * half)];
        parallel.forEach(positions.length, ROWS, (from, to) -> {
            for (int token = from; token < to; token++) {
                for (int i = 0; i < half; i++) {
                    double angle = positions[token] * frequencies[i];
                    values[2 * half * token + i] = (float) (Math.cos(angle) * rotary.magnitude());
                    values[2 * half * token + half + i] = (float) (Math.sin(angle) * rotary.magnitude());
                }
            }
        });
        Table made = new Table(rotary, positions.clone(), values);
        last = made;
        return made;
    }

    private static void rotateHalves(long head, float[] table, int angles, int half) {
        int i = 0;
        for (; i <= half - Lanes.N; i += Lanes.N) {
            FloatVector cos = FloatVector.fromArray(Lanes.F, table, angles + i);
            FloatVector sin = FloatVector.fromArray(Lanes.F, table, angles + half + i);
            FloatVector a = Lanes.floats(head + 4L * i);
            FloatVector b = Lanes.floats(head + 4L * (half + i));
            Lanes.store(a.mul(cos).sub(b.mul(sin)), head + 4L * i);
            Lanes.store(b.mul(cos).add(a.mul(sin)), head + 4L * (half + i));
        }
        for (; i < half; i++) {
            turn(head + 4L * i, head + 4L * (half + i), table[angles + i], table[angles + half + i]);
        }
    }

    private static void rotatePairs(long head, float[] table, int angles, int half) {
        for (int i = 0; i < half; i++) {
            turn(head + 8L * i, head + 8L * i + 4, table[angles + i], table[angles + half + i]);
        }
    }

    private static void turn(long first, long second, float cos, float sin) {
        float a = getFloat(first);
        float b = getFloat(second);
        setFloat(first, a * cos - b * sin);
        setFloat(second, b * cos + a * sin);
    }
}
