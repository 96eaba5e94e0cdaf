package lathe.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The structure that a kernel takes, written field by field: those of eight bytes first, so that nothing lies between. */
final class Arguments {
    private final ByteBuffer bytes = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());

    /** An address of the device, or any other number of eight bytes. */
    Arguments wide(long... values) {
        for (long value : values) {
            if (bytes.position() % Long.BYTES != 0) {
                throw new IllegalStateException("Fields of eight bytes come first.");
            }
            bytes.putLong(value);
        }
        return this;
    }

    Arguments integers(int... values) {
        for (int value : values) {
            bytes.putInt(value);
        }
        return this;
    }

    Arguments truth(boolean value) {
        return integers(value ? 1 : 0);
    }

    Arguments real(double value) {
        bytes.putFloat((float) value);
        return this;
    }

    /** The structure, its size a multiple of eight bytes as that of every structure with fields of eight. */
    MemorySegment write(Arena arena) {
        int size = bytes.position() + Long.BYTES - 1 & -Long.BYTES;
        MemorySegment segment = arena.allocate(size, Long.BYTES);
        MemorySegment.copy(bytes.array(), 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.position());
        return segment;
    }
}
