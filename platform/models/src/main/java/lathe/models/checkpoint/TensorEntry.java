package lathe.models.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

import lathe.spi.LatheException;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One tensor of a checkpoint: what its header says, and its bytes where they lie in the mapped file. */
public final class TensorEntry {
    private final SafetensorsFile file;
    private final String name;
    private final StoredType type;
    private final long[] shape;
    private final long offset;
    private final long bytes;

    TensorEntry(SafetensorsFile file, SafetensorsHeader.Claim claim) {
        this.file = file;
        this.name = claim.name();
        this.type = claim.type();
        this.shape = claim.shape();
        this.offset = claim.begin();
        this.bytes = claim.end() - claim.begin();
    }

    /**
     * The tensor's name in the checkpoint.
     *
     * @return the name, as it stands in the file
     */
    public String name() {
        return name;
    }

    /**
     * The element type as stored.
     *
     * @return the type
     */
    public StoredType type() {
        return type;
    }

    /**
     * The sizes of the dimensions, outermost first.
     *
     * @return a copy; empty for a scalar
     */
    public long[] shape() {
        return shape.clone();
    }

    /**
     * How many dimensions the tensor has.
     *
     * @return 0 for a scalar
     */
    public int rank() {
        return shape.length;
    }

    /**
     * The size of one dimension.
     *
     * @param axis 0 is the outermost
     * @return the size
     */
    public long dimension(int axis) {
        return shape[axis];
    }

    /**
     * How many elements there are.
     *
     * @return the product of the shape, 1 for a scalar
     */
    public long elements() {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    /**
     * How many bytes they take in the file.
     *
     * @return the bytes
     */
    public long bytes() {
        return bytes;
    }

    /**
     * The file that holds the tensor.
     *
     * @return its path
     */
    public Path file() {
        return file.path();
    }

    /**
     * The tensor's bytes, row-major and little-endian, where they are mapped: nothing is read before it is touched. They
     * begin wherever the file has them, which need not be a multiple of the element size: read with unaligned layouts.
     *
     * @return a read-only view that lives as long as the checkpoint is open
     * @throws LatheException if the file became shorter since it was opened
     */
    public MemorySegment segment() {
        return file.data(name, offset, bytes);
    }

    /**
     * The tensor where it lies; nothing is copied.
     *
     * @param scope where results of its operations shall live
     * @return a read-only tensor of the stored type that lives as long as the checkpoint is open
     * @throws LatheException if no computation reads its type, or a dimension is beyond 2^31
     */
    public Tensor tensor(Scope scope) {
        DataType known = type.tensorType().orElseThrow(() -> new LatheException("The tensor " + Visible.name(name)
                + " in " + Visible.path(file.path()) + " has the type " + type + ", which cannot be computed with."));
        int[] sizes = new int[shape.length];
        for (int axis = 0; axis < sizes.length; axis++) {
            if (shape[axis] > Integer.MAX_VALUE) {
                throw new LatheException("The tensor " + Visible.name(name) + " in " + Visible.path(file.path())
                        + " has the shape " + describe(shape) + "; a dimension may have 2147483647 entries.");
            }
            sizes[axis] = (int) shape[axis];
        }
        return scope.over(segment(), known, sizes);
    }

    /**
     * Whether another tensor has the same type, shape and bytes. Reads both up to the first difference.
     *
     * @param other the other tensor
     * @return true if they are equal bit for bit
     * @throws LatheException if one of the files was shortened meanwhile
     */
    public boolean holdsTheSameAs(TensorEntry other) {
        try {
            return type == other.type && Arrays.equals(shape, other.shape) && segment().mismatch(other.segment()) < 0;
        } catch (InternalError e) {
            throw shortened(e);
        }
    }

    /**
     * The sentence for a fault while the mapped bytes were read: a page has no file behind it any more.
     *
     * @param fault what the virtual machine throws then
     * @return the error to throw in its place
     */
    public LatheException shortened(InternalError fault) {
        return new LatheException("The tensor " + Visible.name(name) + " cannot be read: " + Visible.path(file.path())
                + " was shortened while it was in use.", fault);
    }

    /**
     * Type and shape for a message.
     *
     * @return for example {@code BF16 [320, 64]}
     */
    public String describe() {
        return type + " " + describe(shape);
    }

    /**
     * A shape for a message.
     *
     * @param shape the sizes, outermost first
     * @return for example {@code [320, 64]}
     */
    public static String describe(long[] shape) {
        String text = Arrays.stream(shape).limit(8).mapToObj(Long::toString).collect(Collectors.joining(", "));
        return "[" + text + (shape.length > 8 ? ", ... (" + shape.length + " dimensions)]" : "]");
    }

    @Override
    public String toString() {
        return Visible.name(name) + " " + describe();
    }
}
