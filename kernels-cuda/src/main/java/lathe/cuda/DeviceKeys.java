package lathe.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.PlainSegment;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * All keys and values of a call by slot, on the device. A call without stored tokens reads the new ones in place. Stored
 * ones are joined with them in memory of the call: tokens that lie on the device are copied there, those of the host are
 * decoded and sent a piece at a time. A cache that is to be read in place must be made by the backend itself.
 */
final class DeviceKeys implements AutoCloseable {
    /** Tokens that are decoded at a time. */
    private static final int PIECE = 512;

    private final CudaCompute compute;
    private final List<Long> taken = new ArrayList<>();
    private final int[] counts;
    private final int capacity;
    private final int[] positions;
    private Rows keys;
    private Rows values;

    /** Where rows lie: the first one, and the floats from head to head and from token to token. */
    private record Rows(long address, long headStride, long stride) {
        static Rows of(DeviceTensor tensor) {
            return new Rows(tensor.address(), tensor.stride(0), tensor.stride(1));
        }

        boolean aligned() {
            return AttentionLaunch.aligned(address, headStride, stride);
        }
    }

    private DeviceKeys(CudaCompute compute, AttentionCall call) {
        this.compute = compute;
        int heads = call.layer().kvHeads();
        int fresh = call.newKeys().size(1);
        this.counts = new int[heads];
        int[][] all = new int[heads][];
        for (int head = 0; head < heads; head++) {
            int[] stored = call.stored().positions(head);
            counts[head] = stored.length + fresh;
            all[head] = Arrays.copyOf(stored, counts[head]);
            System.arraycopy(call.queryPositions(), 0, all[head], stored.length, fresh);
        }
        this.capacity = Math.max(1, Arrays.stream(counts).max().orElse(0));
        this.positions = new int[heads * capacity];
        for (int head = 0; head < heads; head++) {
            System.arraycopy(all[head], 0, positions, head * capacity, counts[head]);
        }
    }

    static DeviceKeys of(CudaCompute compute, AttentionCall call) {
        DeviceTensor newKeys = compute.own("The new keys", call.newKeys());
        DeviceTensor newValues = compute.own("The new values", call.newValues());
        DeviceKeys made = new DeviceKeys(compute, call);
        int fresh = newKeys.size(1);
        if (Arrays.stream(made.counts).allMatch(count -> count == fresh)) {
            made.keys = Rows.of(newKeys);
            made.values = Rows.of(newValues);
            return made;
        }
        try {
            made.keys = made.join(call, newKeys, true);
            made.values = made.join(call, newValues, false);
            return made;
        } catch (RuntimeException | Error failure) {
            made.close();
            throw failure;
        }
    }

    private Rows join(AttentionCall call, DeviceTensor fresh, boolean isKeys) {
        int width = fresh.size(2);
        // Rows begin at multiples of 16 bytes, whatever their width.
        long stride = (width + 3) / 4 * 4;
        long address = compute.pool().take(Float.BYTES * stride * capacity * counts.length);
        taken.add(address);
        Rows rows = new Rows(address, stride * capacity, stride);
        for (int head = 0; head < counts.length; head++) {
            long target = address + Float.BYTES * rows.headStride() * head;
            for (KvSegment segment : call.stored().segments()) {
                copyStored(call, segment, head, width, target, stride, isKeys);
                target += Float.BYTES * stride * segment.tokens(head);
            }
            if (fresh.size(1) > 0) {
                DeviceTensor matrix = (DeviceTensor) fresh.row(head);
                copy(matrix, target, stride);
            }
        }
        return rows;
    }

    private void copy(DeviceTensor matrix, long target, long stride) {
        long bytes = (long) Float.BYTES * matrix.size(1);
        long pitch = matrix.size(0) > 1 ? Float.BYTES * matrix.stride(0) : bytes;
        compute.stream().copyRows(matrix.address(), pitch, target, Float.BYTES * stride, bytes, matrix.size(0));
    }

    private void copyStored(AttentionCall call, KvSegment segment, int head, int width, long target, long stride,
            boolean isKeys) {
        int tokens = segment.tokens(head);
        if (tokens == 0) {
            return;
        }
        if (segment instanceof PlainSegment plain) {
            Tensor matrix = (isKeys ? plain.keys() : plain.values()).get(head);
            if (matrix instanceof DeviceTensor resident) {
                copy(compute.own("A stored key or value", resident), target, stride);
                return;
            }
        }
        try (Scope local = call.output().scope().child()) {
            Tensor buffer = local.zeros(Math.min(PIECE, tokens), width);
            for (int from = 0; from < tokens; from += PIECE) {
                int count = Math.min(PIECE, tokens - from);
                Tensor some = buffer.slice(0, 0, count);
                if (isKeys) {
                    segment.readKeys(head, from, some);
                } else {
                    segment.readValues(head, from, some);
                }
                compute.staging().uploadRows(
                        compute.stream(),
                        some.segment(),
                        (long) Float.BYTES * width,
                        target + Float.BYTES * stride * from,
                        Float.BYTES * stride);
            }
        }
    }

    /** Keys of a head. */
    int count(int head) {
        return counts[head];
    }

    /** Places from head to head in {@link #positions()}. */
    int capacity() {
        return capacity;
    }

    /** Positions of keys, [kvHeads, capacity]. */
    int[] positions() {
        return positions;
    }

    int position(int head, int slot) {
        return positions[head * capacity + slot];
    }

    long keys() {
        return keys.address();
    }

    long keyHeadStride() {
        return keys.headStride();
    }

    long keyStride() {
        return keys.stride();
    }

    long values() {
        return values.address();
    }

    long valueHeadStride() {
        return values.headStride();
    }

    long valueStride() {
        return values.stride();
    }

    boolean aligned() {
        return keys.aligned() && values.aligned();
    }

    /** Gives back what was joined, for work that comes after the call's. */
    @Override
    public void close() {
        taken.forEach(compute.pool()::give);
    }
}
