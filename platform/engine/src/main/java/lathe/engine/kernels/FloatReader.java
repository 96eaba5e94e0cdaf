package lathe.engine.kernels;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** Reads floating-point tensors of any type as float32. */
public final class FloatReader {
    private static final float[] E4M3 = table(DataType.F8_E4M3);
    private static final float[] E5M2 = table(DataType.F8_E5M2);

    private final DataType type;
    private final long address;
    private final int bytes;
    private final RowMath math;

    /**
     * A reader.
     *
     * @param tensor contiguous, of a float type
     * @param math   inner loops
     */
    public FloatReader(Tensor tensor, RowMath math) {
        this(tensor.type(), Memory.address(tensor), math);
        if (!tensor.isContiguous()) {
            throw new IllegalArgumentException("A stored tensor of shape " + tensor.shape() + " has gaps.");
        }
    }

    private FloatReader(DataType type, long address, RowMath math) {
        if (!type.isFloat()) {
            throw new IllegalArgumentException("Values must be of a float type, not " + type + ".");
        }
        this.type = type;
        this.address = address;
        this.bytes = type.bytes();
        this.math = math;
    }

    /**
     * What is stored.
     *
     * @return the type
     */
    public DataType type() {
        return type;
    }

    /**
     * Where an element lies.
     *
     * @param index row-major
     * @return its address
     */
    public long at(long index) {
        return address + index * bytes;
    }

    /**
     * Reads one element.
     *
     * @param index row-major
     * @return its value
     */
    public float get(long index) {
        long at = at(index);
        return switch (type) {
            case F32 -> Memory.getFloat(at);
            case BF16 -> ScalarRowMath.bf16(at);
            case F16 -> Float.float16ToFloat(Memory.getShort(at));
            case F64 -> (float) Memory.getDouble(at);
            case F8_E4M3 -> E4M3[Memory.getByte(at)];
            case F8_E5M2 -> E5M2[Memory.getByte(at)];
            default -> throw new IllegalStateException("Not a float type: " + type);
        };
    }

    /**
     * Reads elements that follow each other.
     *
     * @param index row-major, of the first
     * @param count how many
     * @param to    receives float32
     */
    public void read(long index, int count, long to) {
        switch (type) {
            case F32 -> Memory.copy(at(index), to, 4L * count);
            case BF16 -> math.widenBf16(at(index), count, to);
            case F16 -> math.widenF16(at(index), count, to);
            default -> {
                for (int i = 0; i < count; i++) {
                    Memory.setFloat(to + 4L * i, get(index + i));
                }
            }
        }
    }

    /**
     * Reads elements that follow each other.
     *
     * @param index row-major, of the first
     * @param count how many
     * @param to    receives float32 from index 0 on
     */
    public void read(long index, int count, float[] to) {
        read(index, count, to, 0);
    }

    /**
     * Reads elements that follow each other.
     *
     * @param index row-major, of the first
     * @param count how many
     * @param to    receives float32
     * @param at    from this index on
     */
    public void read(long index, int count, float[] to, int at) {
        if (type == DataType.F8_E4M3 || type == DataType.F8_E5M2) {
            float[] table = type == DataType.F8_E4M3 ? E4M3 : E5M2;
            for (int i = 0; i < count; i++) {
                to[at + i] = table[Memory.getByte(address + index + i)];
            }
            return;
        }
        if (type == DataType.F32) {
            Memory.copy(at(index), to, at, count);
            return;
        }
        if (type == DataType.F16) {
            halves(at(index), count, to, at);
            return;
        }
        for (int i = 0; i < count; i++) {
            to[at + i] = get(index + i);
        }
    }

    private static void halves(long from, int count, float[] to, int at) {
        for (int i = 0; i < count; i++) {
            to[at + i] = Float.float16ToFloat(Memory.getShort(from + 2L * i));
        }
    }

    /** All 256 values of an 8-bit float: sign, exponent, mantissa; E4M3 has no infinities, only NaN at the top. */
    private static float[] table(DataType type) {
        int mantissaBits = type == DataType.F8_E4M3 ? 3 : 2;
        int bias = type == DataType.F8_E4M3 ? 7 : 15;
        float[] table = new float[256];
        for (int code = 0; code < 256; code++) {
            int exponent = (code & 0x7f) >>> mantissaBits;
            int mantissa = code & (1 << mantissaBits) - 1;
            double unit = Math.scalb(1.0, Math.max(1, exponent) - bias - mantissaBits);
            double value = (mantissa + (exponent > 0 ? 1 << mantissaBits : 0)) * unit;
            if (type == DataType.F8_E4M3 && (code & 0x7f) == 0x7f) {
                value = Double.NaN;
            } else if (type == DataType.F8_E5M2 && exponent == 31) {
                value = mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            }
            table[code] = (float) (code > 127 ? -value : value);
        }
        return table;
    }
}
