package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import lathe.spi.LatheException;

/**
 * Looks for NaN and infinity in stored weights, eight bytes at a time. A value is neither exactly if its exponent is not
 * all ones; the words are tested for a lane whose exponent is.
 */
public final class FiniteCheck {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
    /** Bytes that are looked at between two decisions. */
    private static final int PIECE = 512;

    private FiniteCheck() {}

    /**
     * Reads a whole tensor.
     *
     * @param entry a tensor of F32, F16, BF16 or F64; others hold no such values and pass
     * @throws LatheException that names the tensor, the value and its place, or says that the file was shortened
     */
    public static void requireFinite(TensorEntry entry) {
        requireNonNull(entry, "entry is null");
        long exponent = switch (entry.type()) {
            case BF16 -> 0x7f807f807f807f80L;
            case F16 -> 0x7c007c007c007c00L;
            case F32 -> 0x7f8000007f800000L;
            case F64 -> 0x7ff0000000000000L;
            default -> 0;
        };
        if (exponent != 0) {
            try {
                check(entry, entry.segment(), exponent);
            } catch (InternalError e) {
                throw entry.shortened(e);
            }
        }
    }

    private static void check(TensorEntry entry, MemorySegment data, long exponent) {
        int bits = entry.type().bits();
        long low = bits == 64 ? 1 : bits == 32 ? 0x0000000100000001L : 0x0001000100010001L;
        long high = low << (bits - 1);
        long whole = data.byteSize() / PIECE * PIECE;
        for (long piece = 0; piece < whole; piece += PIECE) {
            long suspect = 0;
            for (int at = 0; at < PIECE; at += Long.BYTES) {
                long lanes = data.get(WORD, piece + at) & exponent ^ exponent;
                // Zero in a lane sets its highest bit here (and perhaps that of a lane above it, which hides nothing).
                suspect |= lanes - low & ~lanes & high;
            }
            if (suspect != 0) {
                report(entry, data, piece);
            }
        }
        report(entry, data, whole);
    }

    /** Looks at the single values of one piece; returns if all of them are finite. */
    private static void report(TensorEntry entry, MemorySegment data, long from) {
        int size = entry.type().bits() / Byte.SIZE;
        for (long at = from; at < Math.min(from + PIECE, data.byteSize()); at += size) {
            double value = value(entry.type(), data, at);
            if (!Double.isFinite(value)) {
                throw new LatheException("The tensor " + Visible.name(entry.name()) + " in "
                        + Visible.path(entry.file()) + " holds " + (Double.isNaN(value) ? "NaN" : "an infinity")
                        + " at "
                        + place(entry, at / size) + "; such weights cannot be used.");
            }
        }
    }

    private static double value(StoredType type, MemorySegment data, long at) {
        return switch (type) {
            case BF16 -> Float.intBitsToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) << 16);
            case F16 -> Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
            case F32 -> data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
            default -> data.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at);
        };
    }

    private static String place(TensorEntry entry, long index) {
        if (entry.rank() == 2) {
            return "row " + index / entry.dimension(1) + ", column " + index % entry.dimension(1);
        }
        StringBuilder place = new StringBuilder("]");
        long rest = index;
        for (int axis = entry.rank() - 1; axis >= 0; axis--) {
            place.insert(0, (axis == 0 ? "" : ", ") + rest % entry.dimension(axis));
            rest /= entry.dimension(axis);
        }
        return "[" + place;
    }
}
