package lathe.engine.kernels;

import static lathe.engine.kernels.Memory.getFloat;
import static lathe.engine.kernels.Memory.getShort;
import static lathe.engine.kernels.Memory.setFloat;

/** The inner loops one number at a time: what {@link VectorRowMath} is tested against. */
final class ScalarRowMath implements RowMath {
    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public boolean hasLanes() {
        return false;
    }

    @Override
    public float dot(long left, long right, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum = Math.fma(getFloat(left + 4L * i), getFloat(right + 4L * i), sum);
        }
        return sum;
    }

    @Override
    public float dot(long weights, float[] input, int at, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum = Math.fma(getFloat(weights + 4L * i), input[at + i], sum);
        }
        return sum;
    }

    @Override
    public void splitPairs(long input, int count, float[] to, int at) {
        for (int i = 0; i < count; i++) {
            to[at + i] = getFloat(input + 4L * i);
        }
    }

    @Override
    public float dotBf16(long weights, float[] split, int at, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum = Math.fma(bf16(weights + 2L * i), split[at + i], sum);
        }
        return sum;
    }

    @Override
    public float dotF16(long weights, float[] split, int at, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum = Math.fma(Float.float16ToFloat(getShort(weights + 2L * i)), split[at + i], sum);
        }
        return sum;
    }

    @Override
    public PackedDot packedDot(int bits, int columns, int group) {
        return new ScalarPackedDot(bits, columns, group);
    }

    @Override
    public void widenBf16(long from, int count, long to) {
        for (int i = 0; i < count; i++) {
            setFloat(to + 4L * i, bf16(from + 2L * i));
        }
    }

    @Override
    public void widenF16(long from, int count, long to) {
        for (int i = 0; i < count; i++) {
            setFloat(to + 4L * i, Float.float16ToFloat(getShort(from + 2L * i)));
        }
    }

    @Override
    public void addScaled(float factor, long source, long target, int count) {
        for (int i = 0; i < count; i++) {
            setFloat(target + 4L * i, Math.fma(factor, getFloat(source + 4L * i), getFloat(target + 4L * i)));
        }
    }

    @Override
    public void scale(long target, float factor, int count) {
        for (int i = 0; i < count; i++) {
            setFloat(target + 4L * i, getFloat(target + 4L * i) * factor);
        }
    }

    @Override
    public void unpack(long row, long from, int count, int bits, long to) {
        for (int i = 0; i < count; i++) {
            setFloat(to + 4L * i, code(row, from + i, bits));
        }
    }

    @Override
    public void dequantise(long target, int count, float scale, float zero) {
        for (int i = 0; i < count; i++) {
            setFloat(target + 4L * i, scale * (getFloat(target + 4L * i) - zero));
        }
    }

    @Override
    public double sumOfSquares(long values, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            double value = getFloat(values + 4L * i);
            sum += value * value;
        }
        return sum;
    }

    static float bf16(long address) {
        return Float.intBitsToFloat(getShort(address) << 16);
    }

    /** One packed code. Reads a second byte only where the code reaches into it, so never beyond the row. */
    static int code(long row, long index, int bits) {
        long bit = index * bits;
        long at = row + (bit >>> 3);
        int shift = (int) (bit & 7);
        int value = Memory.getByte(at);
        if (shift + bits > 8) {
            value |= Memory.getByte(at + 1) << 8;
        }
        return value >>> shift & (1 << bits) - 1;
    }
}
