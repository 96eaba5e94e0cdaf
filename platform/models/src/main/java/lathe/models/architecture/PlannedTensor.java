package lathe.models.architecture;

import java.util.List;

/**
 * A tensor that a checkpoint of some config must hold.
 *
 * @param name       its name
 * @param shape      its shape as stored, outermost first
 * @param transposed whether it is stored [in, out]
 * @param parts      what lies in it; one part but for fused tensors
 */
public record PlannedTensor(String name, List<Long> shape, boolean transposed, List<Part> parts) {
    /**
     * A weight or bias within a stored tensor.
     *
     * @param slot what it is
     * @param rows which rows it is, after transposition, experts counted through
     */
    public record Part(Slot slot, RowSelection rows) {}

    /** Makes the lists immutable. */
    public PlannedTensor {
        shape = List.copyOf(shape);
        parts = List.copyOf(parts);
    }

    long[] shapeArray() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }
}
