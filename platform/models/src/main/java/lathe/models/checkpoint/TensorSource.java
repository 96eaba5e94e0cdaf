package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;

/** A tensor on its way into a file. Its bytes are asked for when it is written, and then only once. */
public final class TensorSource {
    private static final long PIECE = 1 << 24;

    /** Puts out the bytes of a tensor. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes all bytes, row-major and little-endian.
         *
         * @param target where they go
         * @throws IOException if they cannot be written
         */
        void writeTo(WritableByteChannel target) throws IOException;
    }

    private final String name;
    private final StoredType type;
    private final long[] shape;
    private final Content content;

    /**
     * A tensor whose bytes are made when it is written.
     *
     * @param name    its name
     * @param type    its element type
     * @param shape   its sizes, outermost first; empty for a scalar
     * @param content what puts out exactly its bytes
     */
    public TensorSource(String name, StoredType type, long[] shape, Content content) {
        this.name = requireNonNull(name, "name is null");
        this.type = requireNonNull(type, "type is null");
        this.shape = shape.clone();
        this.content = requireNonNull(content, "content is null");
        if (name.equals("__metadata__") || Arrays.stream(shape).anyMatch(size -> size < 0)) {
            throw new IllegalArgumentException(
                    "No tensor can be called " + name + " with shape " + Arrays.toString(shape));
        }
        if (bits() % Byte.SIZE != 0) {
            throw new IllegalArgumentException("A tensor fills whole bytes: " + type + " " + Arrays.toString(shape));
        }
    }

    /**
     * A tensor in memory.
     *
     * @param name  its name
     * @param type  its element type
     * @param shape its sizes, outermost first
     * @param data  its bytes, little-endian, exactly as many as type and shape need
     * @return the source
     */
    public static TensorSource of(String name, StoredType type, long[] shape, MemorySegment data) {
        requireNonNull(data, "data is null");
        return new TensorSource(name, type, shape, target -> write(data, target));
    }

    /**
     * A tensor of another checkpoint, copied as it is.
     *
     * @param entry the tensor
     * @return the source
     */
    public static TensorSource of(TensorEntry entry) {
        return new TensorSource(entry.name(), entry.type(), entry.shape(), target -> write(entry.segment(), target));
    }

    /**
     * The tensor's name.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * The element type.
     *
     * @return the type
     */
    public StoredType type() {
        return type;
    }

    /**
     * How many bytes it takes in a file.
     *
     * @return the bytes
     */
    public long bytes() {
        return bits() / Byte.SIZE;
    }

    long[] shape() {
        return shape;
    }

    void writeTo(WritableByteChannel target) throws IOException {
        content.writeTo(target);
    }

    private long bits() {
        return Arrays.stream(shape).reduce(type.bits(), Math::multiplyExact);
    }

    private static void write(MemorySegment data, WritableByteChannel target) throws IOException {
        for (long at = 0; at < data.byteSize(); at += PIECE) {
            ByteBuffer piece = data.asSlice(at, Math.min(PIECE, data.byteSize() - at)).asByteBuffer();
            while (piece.hasRemaining()) {
                target.write(piece);
            }
        }
    }
}
