package lathe.engine.kernels;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import lathe.spi.tensor.Tensor;

/**
 * Off-heap memory by address. Kernels check shapes and liveness once at their entrance and then read one constant
 * segment that spans the address space: loops over it need no liveness check and see one type of segment wherever the
 * memory comes from (an arena, a mapped file), which the compiler turns into plain loads. Measured: the same speed as
 * Java arrays.
 */
public final class Memory {
    /** The whole address space. */
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final long ADDRESSES = (1L << 56) - 1;

    private Memory() {}

    /**
     * An address of which the compiler knows that it is not negative and far from overflowing. Loops that start from such
     * a one need no bounds checks, whose instructions outnumber those of small loops otherwise.
     *
     * @param address any valid one
     * @return the same
     */
    public static long known(long address) {
        return address & ADDRESSES;
    }

    /**
     * Where a tensor's first element lies.
     *
     * @param tensor an off-heap tensor whose scope is open
     * @return its address
     */
    public static long address(Tensor tensor) {
        MemorySegment segment = requireNonNull(tensor, "tensor is null").segment();
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("A tensor of shape " + tensor.shape() + " is used after its scope closed.");
        }
        if (!segment.isNative()) {
            throw new IllegalArgumentException(
                    "Kernels read memory outside the Java heap; a tensor of shape " + tensor.shape() + " lies in it.");
        }
        return segment.address();
    }

    /**
     * Reads a float.
     *
     * @param address where
     * @return the value
     */
    public static float getFloat(long address) {
        return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
    }

    /**
     * Writes a float.
     *
     * @param address where
     * @param value   the value
     */
    public static void setFloat(long address, float value) {
        ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
    }

    /**
     * Reads a 32-bit integer.
     *
     * @param address where
     * @return the value
     */
    public static int getInt(long address) {
        return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
    }

    /**
     * Writes a 32-bit integer.
     *
     * @param address where
     * @param value   the value
     */
    public static void setInt(long address, int value) {
        ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address, value);
    }

    /**
     * Reads a 64-bit integer.
     *
     * @param address where
     * @return the value
     */
    public static long getLong(long address) {
        return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
    }

    /**
     * Writes a 64-bit integer.
     *
     * @param address where
     * @param value   the value
     */
    public static void setLong(long address, long value) {
        ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address, value);
    }

    /**
     * Reads a double.
     *
     * @param address where
     * @return the value
     */
    public static double getDouble(long address) {
        return ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, address);
    }

    /**
     * Writes a double.
     *
     * @param address where
     * @param value   the value
     */
    public static void setDouble(long address, double value) {
        ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, address, value);
    }

    /**
     * Reads a 16-bit integer.
     *
     * @param address where
     * @return the value
     */
    public static short getShort(long address) {
        return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
    }

    /**
     * Reads a byte.
     *
     * @param address where
     * @return its value, 0 to 255
     */
    public static int getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xff;
    }

    /**
     * Writes a byte.
     *
     * @param address where
     * @param value   its lowest eight bits
     */
    public static void setByte(long address, int value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
    }

    /**
     * Copies bytes.
     *
     * @param from  source
     * @param to    target, not overlapping
     * @param bytes how many
     */
    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    /**
     * Copies floats to an array.
     *
     * @param from  source
     * @param to    target, from its first element on
     * @param count how many
     */
    public static void copy(long from, float[] to, int count) {
        copy(from, to, 0, count);
    }

    /**
     * Copies floats to an array.
     *
     * @param from  source
     * @param to    target
     * @param at    its index of the first
     * @param count how many
     */
    public static void copy(long from, float[] to, int at, int count) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, from, to, at, count);
    }

    /**
     * Copies floats from an array.
     *
     * @param from  source, from its first element on
     * @param count how many
     * @param to    target
     */
    public static void copy(float[] from, int count, long to) {
        MemorySegment.copy(from, 0, ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, to, count);
    }

    /**
     * Writes zeros.
     *
     * @param address where
     * @param bytes   how many
     */
    public static void clear(long address, long bytes) {
        ALL.asSlice(address, bytes).fill((byte) 0);
    }
}
