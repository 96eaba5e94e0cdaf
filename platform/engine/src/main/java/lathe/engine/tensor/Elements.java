package lathe.engine.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;

/** Single elements of every type. Writing rounds to nearest even; integers saturate, and NaN becomes 0 in them. */
final class Elements {
    private Elements() {}

    static double read(MemorySegment memory, DataType type, long at) {
        return switch (type) {
            case BOOL -> memory.get(JAVA_BYTE, at) == 0 ? 0 : 1;
            case U8 -> memory.get(JAVA_BYTE, at) & 0xff;
            case I8 -> memory.get(JAVA_BYTE, at);
            case F8_E5M2 -> Floats.fromE5m2(memory.get(JAVA_BYTE, at));
            case F8_E4M3 -> Floats.fromE4m3(memory.get(JAVA_BYTE, at));
            case I16 -> memory.get(JAVA_SHORT_UNALIGNED, at);
            case U16 -> memory.get(JAVA_SHORT_UNALIGNED, at) & 0xffff;
            case F16 -> Float.float16ToFloat(memory.get(JAVA_SHORT_UNALIGNED, at));
            case BF16 -> Floats.fromBf16(memory.get(JAVA_SHORT_UNALIGNED, at));
            case I32 -> memory.get(JAVA_INT_UNALIGNED, at);
            case U32 -> memory.get(JAVA_INT_UNALIGNED, at) & 0xffffffffL;
            case F32 -> memory.get(JAVA_FLOAT_UNALIGNED, at);
            case F64 -> memory.get(JAVA_DOUBLE_UNALIGNED, at);
            case I64 -> memory.get(JAVA_LONG_UNALIGNED, at);
            case U64 -> unsigned(memory.get(JAVA_LONG_UNALIGNED, at));
        };
    }

    static void write(MemorySegment memory, DataType type, long at, double value) {
        switch (type) {
            case BOOL -> memory.set(JAVA_BYTE, at, (byte) (value != 0 ? 1 : 0));
            case U8 -> memory.set(JAVA_BYTE, at, (byte) whole(value, 0, 0xff));
            case I8 -> memory.set(JAVA_BYTE, at, (byte) whole(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case F8_E5M2 -> memory.set(JAVA_BYTE, at, Floats.toE5m2(Floats.toOdd(value)));
            case F8_E4M3 -> memory.set(JAVA_BYTE, at, Floats.toE4m3(Floats.toOdd(value)));
            case I16 -> memory.set(JAVA_SHORT_UNALIGNED, at, (short) whole(value, Short.MIN_VALUE, Short.MAX_VALUE));
            case U16 -> memory.set(JAVA_SHORT_UNALIGNED, at, (short) whole(value, 0, 0xffff));
            case F16 -> memory.set(JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(Floats.toOdd(value)));
            case BF16 -> memory.set(JAVA_SHORT_UNALIGNED, at, Floats.toBf16(Floats.toOdd(value)));
            case I32 -> memory.set(JAVA_INT_UNALIGNED, at, (int) Math.rint(value));
            case U32 -> memory.set(JAVA_INT_UNALIGNED, at, (int) whole(value, 0, 0xffffffffL));
            case F32 -> memory.set(JAVA_FLOAT_UNALIGNED, at, (float) value);
            case F64 -> memory.set(JAVA_DOUBLE_UNALIGNED, at, value);
            case I64 -> memory.set(JAVA_LONG_UNALIGNED, at, (long) Math.rint(value));
            case U64 -> memory.set(JAVA_LONG_UNALIGNED, at, toUnsigned(Math.rint(value)));
        }
    }

    /** Whether every value of a type is a float32, so that reading as float32 loses nothing. */
    static boolean fitsFloat(DataType type) {
        return switch (type) {
            case BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, F16, BF16, F32 -> true;
            case I32, U32, F64, I64, U64 -> false;
        };
    }

    private static long whole(double value, long low, long high) {
        return Math.clamp((long) Math.rint(value), low, high);
    }

    private static double unsigned(long bits) {
        // Halved with a sticky last bit, so that the sum rounds as the whole number would.
        return bits >= 0 ? bits : (double) (bits >>> 1 | bits & 1) * 2;
    }

    private static long toUnsigned(double value) {
        if (!(value > 0)) {
            return 0;
        }
        if (value >= 0x1p64) {
            return -1L;
        }
        return value < 0x1p63 ? (long) value : (long) (value - 0x1p63) ^ Long.MIN_VALUE;
    }
}
