package lathe.cuda;

import java.util.Locale;
import java.util.Optional;

import lathe.spi.tensor.DataType;

/** The float types that kernels read, with the numbers by which they know them. */
enum RealType {
    F32(DataType.F32), F16(DataType.F16), BF16(DataType.BF16);

    private final DataType type;

    RealType(DataType type) {
        this.type = type;
    }

    /** The number in a kernel's arguments. */
    int code() {
        return ordinal();
    }

    /** The word in a kernel's name. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<RealType> of(DataType type) {
        for (RealType real : values()) {
            if (real.type == type) {
                return Optional.of(real);
            }
        }
        return Optional.empty();
    }
}
