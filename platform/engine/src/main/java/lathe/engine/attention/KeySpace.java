package lathe.engine.attention;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.KvSegment;
import lathe.spi.tensor.Tensor;

/**
 * All keys and values of one key/value head by slot: stored segments, then the new tokens. Positions ascend within a run;
 * most stores have one run, a store that keeps important tokens in a segment of their own has more.
 */
final class KeySpace {
    private final int[] positions;
    private final int[] segmentStarts;
    private final int[] runStarts;
    private final List<TokenRows> keys;
    private final List<TokenRows> values;
    private final int headDim;
    private final int valueDim;

    private KeySpace(int[] positions, int[] runStarts, int[] segmentStarts, List<TokenRows> keys,
            List<TokenRows> values, int headDim, int valueDim) {
        this.positions = positions;
        this.segmentStarts = segmentStarts;
        this.runStarts = runStarts;
        this.keys = keys;
        this.values = values;
        this.headDim = headDim;
        this.valueDim = valueDim;
    }

    /** The keys of every key/value head. Heads that keep the same tokens share their positions. */
    static KeySpace[] of(AttentionCall call, RowMath math) {
        KeySpace[] spaces = new KeySpace[call.layer().kvHeads()];
        for (int head = 0; head < spaces.length; head++) {
            int[] positions;
            int[] runs;
            if (head > 0 && keepsTheSame(call, head)) {
                positions = spaces[head - 1].positions;
                runs = spaces[head - 1].runStarts;
            } else {
                positions = positions(call, head);
                runs = runs(positions);
            }
            spaces[head] = of(call, head, positions, runs, math);
        }
        return spaces;
    }

    private static boolean keepsTheSame(AttentionCall call, int head) {
        for (KvSegment segment : call.stored().segments()) {
            if (segment.positions(head) != segment.positions(head - 1)) {
                return false;
            }
        }
        return true;
    }

    private static int[] positions(AttentionCall call, int head) {
        int stored = call.stored().tokens(head);
        int fresh = call.newKeys().size(1);
        int[] positions = new int[stored + fresh];
        int at = 0;
        for (KvSegment segment : call.stored().segments()) {
            int[] some = segment.positions(head);
            System.arraycopy(some, 0, positions, at, some.length);
            at += some.length;
        }
        System.arraycopy(call.queryPositions(), 0, positions, at, fresh);
        return positions;
    }

    private static KeySpace of(AttentionCall call, int head, int[] positions, int[] runs, RowMath math) {
        int headDim = call.layer().headDim();
        int valueDim = call.layer().valueDim();
        List<TokenRows> keys = new ArrayList<>();
        List<TokenRows> values = new ArrayList<>();
        int[] starts = new int[call.stored().segments().size() + 2];
        int segments = 0;
        for (KvSegment segment : call.stored().segments()) {
            if (segment.tokens(head) == 0) {
                continue;
            }
            keys.add(TokenRows.keys(segment, head, headDim, call.output().scope(), math));
            values.add(TokenRows.values(segment, head, valueDim, call.output().scope(), math));
            starts[segments + 1] = starts[segments] + segment.tokens(head);
            segments++;
        }
        int fresh = call.newKeys().size(1);
        if (fresh > 0) {
            keys.add(inPlace(call.newKeys().row(head)));
            values.add(inPlace(call.newValues().row(head)));
            starts[segments + 1] = starts[segments] + fresh;
            segments++;
        }
        return new KeySpace(positions, runs, Arrays.copyOf(starts, segments + 1), keys, values, headDim, valueDim);
    }

    private static TokenRows inPlace(Tensor matrix) {
        return new TokenRows.InPlace(Memory.address(matrix), matrix.stride(0));
    }

    private static int[] runs(int[] positions) {
        int[] starts = new int[4];
        int count = 1;
        for (int i = 1; i < positions.length; i++) {
            if (positions[i] < positions[i - 1]) {
                starts = count + 1 >= starts.length ? Arrays.copyOf(starts, 2 * starts.length) : starts;
                starts[count++] = i;
            }
        }
        starts = Arrays.copyOf(starts, count + 1);
        starts[count] = positions.length;
        return starts;
    }

    /** Number of keys. */
    int size() {
        return positions.length;
    }

    /** Number of ascending runs. */
    int runs() {
        return runStarts.length - 1;
    }

    /** First slot of a run; that of the number of runs is the number of keys. */
    int runStart(int run) {
        return runStarts[run];
    }

    /** Position of a slot. */
    int position(int slot) {
        return positions[slot];
    }

    /** First slot of [from, to), which lies in one run, whose position is at least the given one; to if there is none. */
    int firstAtLeast(int from, int to, long position) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = low + high >>> 1;
            if (positions[middle] < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The slot after the tokens of the segment in which a slot lies. */
    int segmentEnd(int slot) {
        return segmentStarts[segment(slot) + 1];
    }

    private int segment(int slot) {
        int found = Arrays.binarySearch(segmentStarts, slot);
        return found >= 0 ? found : -found - 2;
    }

    /** Keys of slots of one segment. */
    void keys(int from, int to, long buffer, Tile tile) {
        int segment = segment(from);
        keys.get(segment).load(from - segmentStarts[segment], to - from, buffer, tile);
    }

    /** Values of slots of one segment. */
    void values(int from, int to, long buffer, Tile tile) {
        int segment = segment(from);
        values.get(segment).load(from - segmentStarts[segment], to - from, buffer, tile);
    }

    /** Whether keys and values of a slot's segment are best multiplied as they are stored, for few rows. */
    boolean isStored(int slot) {
        int segment = segment(slot);
        return keys.get(segment).isStored() && values.get(segment).isStored();
    }

    /** Scores of rows of queries by slots of one stored segment, rows {@code stride} apart. */
    void scores(long queries, int rows, int from, int to, long scores, int stride) {
        int segment = segment(from);
        keys.get(segment).scores(queries, rows, from - segmentStarts[segment], to - from, scores, stride);
    }

    /** Adds values of slots of one stored segment, weighted by rows {@code stride} apart, to rows of sums. */
    void addWeighted(long weights, int stride, int rows, int from, int to, long sums) {
        int segment = segment(from);
        values.get(segment).addWeighted(weights, stride, rows, from - segmentStarts[segment], to - from, sums);
    }

    /** Keys of any slots, copied to the buffer. */
    void gatherKeys(int[] slots, int from, int to, long buffer, Tile tile) {
        for (int i = from; i < to; i++) {
            long target = buffer + 4L * headDim * (i - from);
            keys(slots[i], slots[i] + 1, target, tile);
            copyRow(tile, target, headDim);
        }
        tile.set(buffer, headDim);
    }

    /** Values of any slots, copied to the buffer. */
    void gatherValues(int[] slots, int from, int to, long buffer, Tile tile) {
        for (int i = from; i < to; i++) {
            long target = buffer + 4L * valueDim * (i - from);
            values(slots[i], slots[i] + 1, target, tile);
            copyRow(tile, target, valueDim);
        }
        tile.set(buffer, valueDim);
    }

    private static void copyRow(Tile tile, long target, int width) {
        if (tile.address() != target) {
            Memory.copy(tile.address(), target, 4L * width);
        }
    }
}
