package lathe.cuda;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import lathe.spi.backend.Completion;

/**
 * Copies between ordinary memory and the device by way of two buffers that the device can read itself: while one is on its
 * way the other is filled. The caller's memory has been read when a method returns.
 */
final class HostStaging implements AutoCloseable {
    private static final long BYTES = 4 << 20;

    private final Device device;
    private final MemorySegment[] buffers = new MemorySegment[2];
    private final Completion[] uses = new Completion[2];
    private int turn;

    HostStaging(Device device) {
        this.device = device;
        Arrays.fill(uses, Completion.DONE);
    }

    /** Copies bytes as they are. */
    synchronized void upload(Device.Stream stream, MemorySegment source, long target) {
        for (long at = 0; at < source.byteSize(); at += BYTES) {
            long count = Math.min(BYTES, source.byteSize() - at);
            MemorySegment buffer = next().asSlice(0, count);
            buffer.copyFrom(source.asSlice(at, count));
            send(stream, buffer, target + at);
        }
    }

    /**
     * Copies rows to places further apart, with zeros in between.
     *
     * @param source   rows without gaps
     * @param rowBytes bytes of a row
     * @param pitch    bytes from row to row on the device
     */
    synchronized void uploadRows(Device.Stream stream, MemorySegment source, long rowBytes, long target, long pitch) {
        if (rowBytes == pitch) {
            upload(stream, source, target);
            return;
        }
        if (pitch > BYTES) {
            throw new IllegalArgumentException("Rows of " + rowBytes + " bytes are longer than CUDA weights may be.");
        }
        long rows = source.byteSize() / rowBytes;
        long most = BYTES / pitch;
        for (long from = 0; from < rows; from += most) {
            long count = Math.min(most, rows - from);
            MemorySegment buffer = next().asSlice(0, count * pitch);
            for (long row = 0; row < count; row++) {
                MemorySegment place = buffer.asSlice(row * pitch, pitch);
                MemorySegment.copy(source, (from + row) * rowBytes, place, 0, rowBytes);
                place.asSlice(rowBytes).fill((byte) 0);
            }
            send(stream, buffer, target + from * pitch);
        }
    }

    /** Copies bytes back and waits for them. */
    synchronized void download(Device.Stream stream, long source, MemorySegment target) {
        for (long at = 0; at < target.byteSize(); at += BYTES) {
            long count = Math.min(BYTES, target.byteSize() - at);
            MemorySegment buffer = next().asSlice(0, count);
            stream.download(source + at, buffer);
            stream.record().await();
            target.asSlice(at, count).copyFrom(buffer);
        }
    }

    private MemorySegment next() {
        turn = 1 - turn;
        uses[turn].await();
        if (buffers[turn] == null) {
            buffers[turn] = device.allocateHost(BYTES);
        }
        return buffers[turn];
    }

    private void send(Device.Stream stream, MemorySegment buffer, long target) {
        stream.upload(buffer, target);
        uses[turn] = stream.record();
    }

    @Override
    public synchronized void close() {
        for (int i = 0; i < buffers.length; i++) {
            uses[i].await();
            if (buffers[i] != null) {
                device.freeHost(buffers[i]);
                buffers[i] = null;
            }
        }
    }
}
