package lathe.spi.tensor;

import java.util.Optional;

/** Element types. The names are those of the safetensors format. */
public enum DataType {
    /** Truth value, one byte, 0 or 1. */
    BOOL(1),
    /** Unsigned byte. */
    U8(1),
    /** Signed byte. */
    I8(1),
    /** 8-bit float, 5 exponent bits (with infinities). */
    F8_E5M2(1),
    /** 8-bit float, 4 exponent bits (no infinities). */
    F8_E4M3(1),
    /** Signed 16-bit integer. */
    I16(2),
    /** Unsigned 16-bit integer. */
    U16(2),
    /** IEEE half precision. */
    F16(2),
    /** bfloat16: the upper half of a float32. */
    BF16(2),
    /** Signed 32-bit integer. */
    I32(4),
    /** Unsigned 32-bit integer. */
    U32(4),
    /** IEEE single precision. */
    F32(4),
    /** IEEE double precision. */
    F64(8),
    /** Signed 64-bit integer. */
    I64(8),
    /** Unsigned 64-bit integer. */
    U64(8);

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * Size of one element.
     *
     * @return bytes
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Checks that codes' scales can be stored in this type, for the configurations of quantizers.
     *
     * @throws IllegalArgumentException if it is none of F16, BF16 and F32
     */
    public void requireScale() {
        if (this != F16 && this != BF16 && this != F32) {
            throw new IllegalArgumentException("scaleType must be F16, BF16 or F32, not " + this + ".");
        }
    }

    /**
     * Whether elements are floating-point numbers.
     *
     * @return true for F64, F32, BF16, F16 and the 8-bit floats
     */
    public boolean isFloat() {
        return switch (this) {
            case F8_E5M2, F8_E4M3, F16, BF16, F32, F64 -> true;
            default -> false;
        };
    }

    /**
     * Finds a type by its safetensors name.
     *
     * @param name such as {@code BF16}
     * @return the type, empty if there is none of that name
     */
    public static Optional<DataType> named(String name) {
        for (DataType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
