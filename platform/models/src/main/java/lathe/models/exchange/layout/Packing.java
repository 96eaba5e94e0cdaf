package lathe.models.exchange.layout;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Steps that the writers of all layouts share. */
final class Packing {
    private static final int PIECE = 1 << 24;
    /** More than any width holds: stands for zero points that are no integers. */
    private static final int NO_INTEGER = Integer.MAX_VALUE;

    private Packing() {}

    /** A tensor that is made in memory of its own when it is written, and forgotten after. */
    static TensorSource late(String name, StoredType type, long[] shape, Consumer<MemorySegment> filler) {
        long bytes = Arrays.stream(shape).reduce(type.bits() / Byte.SIZE, Math::multiplyExact);
        return new TensorSource(name, type, shape, target -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment memory = arena.allocate(bytes, Long.BYTES);
                filler.accept(memory);
                for (long at = 0; at < bytes; at += PIECE) {
                    ByteBuffer piece = memory.asSlice(at, Math.min(PIECE, bytes - at)).asByteBuffer();
                    write(piece, target);
                }
            }
        });
    }

    private static void write(ByteBuffer piece, WritableByteChannel target) throws IOException {
        while (piece.hasRemaining()) {
            target.write(piece);
        }
    }

    /** A tensor as it is. */
    static TensorSource plain(String name, Tensor tensor) {
        long[] shape = Arrays.stream(tensor.shape().toArray()).asLongStream().toArray();
        StoredType type = StoredType.of(tensor.type().name()).orElseThrow();
        return TensorSource.of(name, type, shape, contiguous(tensor).segment());
    }

    static Tensor contiguous(Tensor tensor) {
        return tensor.isContiguous() ? tensor : tensor.copy();
    }

    /** The zero point of a group. */
    static int zero(GroupQuantized weight, int row, int group) {
        return switch (weight.zeros()) {
            case ZeroPoints.Constant constant -> constant.value();
            case ZeroPoints.Packed packed -> BitPacking.get(packed.packed().segment(),
                    (long) row * packed.packed().size(1), group, packed.bits());
            case ZeroPoints.Real real -> NO_INTEGER;
        };
    }

    /** Whether every zero point is the middle of the codes. */
    static boolean symmetric(GroupQuantized weight) {
        return weight.zeros() instanceof ZeroPoints.Constant constant && constant.value() == 1 << weight.bits() - 1;
    }

    /** Why zero points do not fit into the bits of a code. */
    static Optional<String> zerosRefusal(GroupQuantized weight) {
        for (int row = 0; row < weight.outFeatures(); row++) {
            for (int group = 0; group < weight.groups(); group++) {
                int zero = zero(weight, row, group);
                if (zero == NO_INTEGER) {
                    return Optional.of("has zero points that are no integers");
                }
                if (zero < 0 || zero >= 1 << weight.bits()) {
                    return Optional.of("has the zero point " + zero + ", which " + weight.bits()
                            + " bits do not hold");
                }
                if (weight.zeros() instanceof ZeroPoints.Constant) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    static boolean hasZeroPointZero(GroupQuantized weight) {
        for (int row = 0; row < weight.outFeatures(); row++) {
            for (int group = 0; group < weight.groups(); group++) {
                if (zero(weight, row, group) == 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Why steps cannot be stored in half precision without a change. */
    static Optional<String> halfRefusal(GroupQuantized weight) {
        if (weight.scales().type() == DataType.F16) {
            return Optional.empty();
        }
        try (Scope local = weight.scales().scope().child()) {
            Tensor own = weight.scales().in(local);
            boolean same = Arrays.equals(own.toFloats(), own.to(DataType.F16).toFloats());
            return same ? Optional.empty()
                    : Optional.of("has steps in " + own.type() + " that half precision, which the layout stores, "
                            + "does not hold exactly");
        }
    }

    /** Steps [groups, out] in half precision. */
    static TensorSource halfStepsTransposed(String name, GroupQuantized weight) {
        int out = weight.outFeatures();
        int groups = weight.groups();
        return late(name, StoredType.F16, new long[] {groups, out}, memory -> {
            try (Scope local = weight.scales().scope().child()) {
                Tensor half = contiguous(weight.scales().in(local).to(DataType.F16));
                Words.transpose(half.segment(), out, groups, Short.BYTES, memory);
            }
        });
    }

    /** Why a last, shorter group does not fit. */
    static Optional<String> groupsRefusal(GroupQuantized weight) {
        return weight.inFeatures() % weight.group() == 0 || weight.groups() == 1 ? Optional.empty()
                : Optional.of("has " + weight.inFeatures() + " inputs, which groups of " + weight.group()
                        + " do not divide");
    }
}
