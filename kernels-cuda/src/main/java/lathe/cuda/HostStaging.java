package lathe.cuda;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import lathe.spi.backend.Completion;

/**
 * Copies between ordinary memory and the device by way of two buffers that the device can read itself: while what lies in
 * one is on its way the other is filled. Small copies share a buffer. The caller's memory has been read when a method
 * returns.
 */
final class HostStaging implements AutoCloseable {
    private static final long BYTES = 4 << 20;

    private final Device device;
    private final MemorySegment[] buffers = new MemorySegment[2];
    /** Of each buffer the last point at which a stream uses it. */
    private final List<Map<Device.Stream, Completion>> uses = List.of(new HashMap<>(), new HashMap<>());
    private int turn;
    private long filled;

    HostStaging(Device device) {
        this.device = device;
    }

    /** Copies bytes as they are. */
    synchronized void upload(Device.Stream stream, MemorySegment source, long target) {
        for (long at = 0; at < source.byteSize(); at += BYTES) {
            long count = Math.min(BYTES, source.byteSize() - at);
            MemorySegment buffer = next(count);
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
            MemorySegment buffer = next(count * pitch);
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
            MemorySegment buffer = next(count);
            stream.download(source + at, buffer);
            stream.record().await();
            target.asSlice(at, count).copyFrom(buffer);
        }
    }

    /** Room in the buffer that is being filled, or in the other one when everything that used it is done. */
    private MemorySegment next(long bytes) {
        if (filled + bytes > BYTES) {
            turn = 1 - turn;
            filled = 0;
            awaitUses(turn);
        }
        if (buffers[turn] == null) {
            buffers[turn] = device.allocateHost(BYTES);
        }
        MemorySegment room = buffers[turn].asSlice(filled, bytes);
        filled += DeviceWeight.rounded(bytes);
        return room;
    }

    private void awaitUses(int buffer) {
        uses.get(buffer).values().forEach(Completion::await);
        uses.get(buffer).clear();
    }

    private void send(Device.Stream stream, MemorySegment buffer, long target) {
        stream.upload(buffer, target);
        uses.get(turn).put(stream, stream.record());
    }

    @Override
    public synchronized void close() {
        for (int i = 0; i < buffers.length; i++) {
            awaitUses(i);
            if (buffers[i] != null) {
                device.freeHost(buffers[i]);
                buffers[i] = null;
            }
        }
    }
}
