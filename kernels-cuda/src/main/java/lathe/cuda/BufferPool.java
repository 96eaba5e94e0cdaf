package lathe.cuda;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

import lathe.spi.LatheException;

/**
 * Device memory for the work of one stream. What is given back is lent again without waiting: work of a stream is done in
 * its order, so that who gets the memory next writes it after everybody before has read it. Giving memory back to the
 * driver instead would wait for the device every time a scope closes.
 */
final class BufferPool implements AutoCloseable {
    private static final long SMALLEST = 256;

    private final Device device;
    private final Device.Stream stream;
    private final Map<Long, Deque<Long>> free = new HashMap<>();
    private final Map<Long, Long> lent = new HashMap<>();
    private boolean closed;

    BufferPool(Device device, Device.Stream stream) {
        this.device = device;
        this.stream = stream;
    }

    /** Memory of at least so many bytes, with anything in it. */
    synchronized long take(long bytes) {
        if (closed) {
            throw new IllegalStateException("The CUDA backend is closed already.");
        }
        long size = rounded(bytes);
        Deque<Long> known = free.get(size);
        long address = known == null || known.isEmpty() ? allocate(size) : known.pop();
        lent.put(address, size);
        return address;
    }

    /** Takes memory back that work asked for earlier may still use. Memory that died with the pool is no error. */
    synchronized void give(long address) {
        Long size = lent.remove(address);
        if (size != null) {
            free.computeIfAbsent(size, any -> new ArrayDeque<>()).push(address);
        }
    }

    /** Bytes that are lent now. */
    synchronized long lentBytes() {
        return lent.values().stream().mapToLong(Long::longValue).sum();
    }

    private long allocate(long size) {
        long address = device.allocate(size);
        if (address == 0) {
            stream.synchronize();
            freeIdle();
            address = device.allocate(size);
        }
        if (address == 0) {
            throw new LatheException("The graphics processor has no " + (size >> 20) + " MiB of memory left; "
                    + "activations take " + (lentBytes() >> 20) + " MiB of it.");
        }
        return address;
    }

    /** Four sizes to each power of two: little is wasted, and a size is met again. */
    private static long rounded(long bytes) {
        long step = Math.max(SMALLEST, Long.highestOneBit(Math.max(1, bytes)) / 4);
        return Math.max(step, (bytes + step - 1) / step * step);
    }

    private void freeIdle() {
        free.values().forEach(addresses -> addresses.forEach(device::free));
        free.clear();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            stream.synchronize();
            freeIdle();
            lent.keySet().forEach(device::free);
            lent.clear();
        }
    }
}
