package lathe.models.checkpoint;

import java.util.Arrays;
import java.util.Optional;

import lathe.spi.tensor.DataType;

/** The element types that the safetensors format knows, by the names that stand in its header. */
public enum StoredType {
    /** Truth value, one byte. */
    BOOL(8),
    /** 4-bit float, two in a byte. */
    F4(4),
    /** 6-bit float (2 exponent bits), four in three bytes. */
    F6_E2M3(6),
    /** 6-bit float (3 exponent bits), four in three bytes. */
    F6_E3M2(6),
    /** Unsigned byte. */
    U8(8),
    /** Signed byte. */
    I8(8),
    /** 8-bit float, 5 exponent bits. */
    F8_E5M2(8),
    /** 8-bit float, 4 exponent bits, no infinities. */
    F8_E4M3(8),
    /** 8-bit power of two. */
    F8_E8M0(8),
    /** Signed 16-bit integer. */
    I16(16),
    /** Unsigned 16-bit integer. */
    U16(16),
    /** IEEE 754 half precision. */
    F16(16),
    /** The upper half of a 32-bit float. */
    BF16(16),
    /** Signed 32-bit integer. */
    I32(32),
    /** Unsigned 32-bit integer. */
    U32(32),
    /** IEEE 754 single precision. */
    F32(32),
    /** Two 32-bit floats. */
    C64(64),
    /** IEEE 754 double precision. */
    F64(64),
    /** Signed 64-bit integer. */
    I64(64),
    /** Unsigned 64-bit integer. */
    U64(64);

    private final int bits;

    StoredType(int bits) {
        this.bits = bits;
    }

    /**
     * Bits of one element.
     *
     * @return 4 to 64
     */
    public int bits() {
        return bits;
    }

    /**
     * Whether a model's weights may be stored so.
     *
     * @return true for F32, F16 and BF16
     */
    public boolean isWeight() {
        return this == F32 || this == F16 || this == BF16;
    }

    /**
     * The type of a tensor of such elements.
     *
     * @return the type; nothing for the types that no computation here reads (4 and 6 bits, E8M0, complex)
     */
    public Optional<DataType> tensorType() {
        return DataType.named(name());
    }

    /**
     * The type of a name in a header.
     *
     * @param name for example {@code BF16}
     * @return the type, or nothing for a name that the format does not know
     */
    public static Optional<StoredType> of(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }
}
