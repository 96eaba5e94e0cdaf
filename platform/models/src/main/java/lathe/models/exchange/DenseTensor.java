package lathe.models.exchange;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.List;

import lathe.models.architecture.PlannedTensor;
import lathe.models.architecture.RowSelection;
import lathe.models.architecture.TensorRole;
import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A planned tensor with all entries: parts that are fused in it are put together, transposed if it is stored so, and
 * missing rows or columns of a narrowed feed-forward part are zeros. Made when it is written.
 */
final class DenseTensor {
    private static final double LARGEST_HALF = 65504;
    private static final int PIECE = 1 << 24;

    private final PlannedTensor planned;
    private final List<StoredPart> parts;
    private final DataType type;
    private final Compute compute;
    private final Scope scope;

    DenseTensor(PlannedTensor planned, List<StoredPart> parts, DataType type, Compute compute, Scope scope) {
        this.planned = requireNonNull(planned, "planned is null");
        this.parts = List.copyOf(parts);
        this.type = requireNonNull(type, "type is null");
        this.compute = requireNonNull(compute, "compute is null");
        this.scope = requireNonNull(scope, "scope is null");
        parts.forEach(this::requireFits);
    }

    TensorSource source() {
        long[] shape = planned.shape().stream().mapToLong(Long::longValue).toArray();
        return new TensorSource(planned.name(), StoredType.of(type.name()).orElseThrow(), shape, this::writeTo);
    }

    /** Entries that are written but not in the model. */
    long padding() {
        return parts.stream().mapToLong(part -> part.part().rows().rows() * columns()
                - (long) part.rows() * part.columns()).sum();
    }

    private long columns() {
        int rank = planned.shape().size();
        return rank == 1 ? 1 : planned.shape().get(planned.transposed() ? 0 : rank - 1);
    }

    private void requireFits(StoredPart part) {
        long rows = part.part().rows().rows();
        if (part.rows() == rows && part.columns() == columns()) {
            return;
        }
        TensorRole role = part.part().slot().role();
        boolean inner = switch (role) {
            case Q, K, V, GATE, UP, EXPERT_GATE, EXPERT_UP, SHARED_GATE, SHARED_UP ->
                part.rows() <= rows && part.columns() == columns();
            case O, DOWN, EXPERT_DOWN, SHARED_DOWN -> part.rows() == rows && part.columns() <= columns();
            default -> false;
        };
        if (!inner) {
            throw new LatheException("The weight " + part.part().slot() + " has become [" + part.rows() + ", "
                    + part.columns() + "], the config calls for [" + rows + ", " + columns()
                    + "]; of changes of structure only fewer heads and narrower feed-forward parts can be exported so. "
                    + "The layout lathe would do.");
        }
    }

    private void writeTo(WritableByteChannel target) throws IOException {
        try (Scope local = scope.child()) {
            MemorySegment bytes = whole(local);
            for (long at = 0; at < bytes.byteSize(); at += PIECE) {
                ByteBuffer piece = bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer();
                while (piece.hasRemaining()) {
                    target.write(piece);
                }
            }
        }
    }

    private MemorySegment whole(Scope local) {
        int[] sizes = planned.shape().stream().mapToInt(Math::toIntExact).toArray();
        StoredPart first = parts.getFirst();
        if (parts.size() == 1 && !planned.transposed() && padding() == 0 && first.part().rows().isRange()) {
            return values(first, local).segment();
        }
        Tensor all = local.zeros(type, sizes);
        for (StoredPart part : parts) {
            try (Scope one = local.child()) {
                place(values(part, one), part.part().rows(), part, all.segment());
            }
        }
        return all.segment();
    }

    private Tensor values(StoredPart part, Scope local) {
        Tensor own = part.tensor().isPresent() ? part.tensor().get() : ofOperator(part.operator().orElseThrow(), local);
        if (type == DataType.F16 && own.type() != DataType.F16 && !(own.in(local).maxAbs() <= LARGEST_HALF)) {
            throw new LatheException("The weight " + part.part().slot() + " has values beyond " + LARGEST_HALF
                    + ", which f16 cannot hold; export it as bf16 or f32.");
        }
        return own.type() == type && own.isContiguous() ? own : own.in(local).to(type);
    }

    private Tensor ofOperator(LinearOperator operator, Scope local) {
        // Float32 first: what does not fit the type must be seen before it is rounded.
        return operator instanceof Dense dense ? dense.weight()
                : compute.dense(operator, type == DataType.F16 ? DataType.F32 : type, local);
    }

    private void place(Tensor values, RowSelection rows, StoredPart part, MemorySegment target) {
        int size = type.bytes();
        long distance = planned.transposed() ? planned.shape().get(1) : columns();
        MemorySegment source = values.segment();
        for (int row = 0; row < part.rows(); row++) {
            long from = (long) row * part.columns() * size;
            if (planned.transposed()) {
                for (int column = 0; column < part.columns(); column++) {
                    copy(source, from + (long) column * size, target, (column * distance + rows.stored(row)) * size);
                }
            } else {
                MemorySegment.copy(source, from, target, rows.stored(row) * distance * size,
                        (long) part.columns() * size);
            }
        }
    }

    private void copy(MemorySegment source, long from, MemorySegment target, long to) {
        if (type.bytes() == Short.BYTES) {
            target.set(ValueLayout.JAVA_SHORT_UNALIGNED, to, source.get(ValueLayout.JAVA_SHORT_UNALIGNED, from));
        } else {
            target.set(ValueLayout.JAVA_INT_UNALIGNED, to, source.get(ValueLayout.JAVA_INT_UNALIGNED, from));
        }
    }
}
