package lathe.cuda;

import java.util.ArrayList;
import java.util.List;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;

/**
 * What blocks of threads do: some queries of some heads that share keys and plan, and the pieces of keys that they read.
 * Where there are fewer units than the device can work on, long ones are cut into parts that are joined afterwards.
 */
final class AttentionUnits {
    /** Rows of a unit: heads times queries. */
    static final int ROWS = 32;
    /** Integers of a unit, as in the kernel. */
    private static final int FIELDS = 10;
    /** Keys of a part at least: fewer are not worth the joining. */
    private static final int SMALLEST_PART = 256;

    private final AttentionCall call;
    private final DeviceKeys keys;
    private final IntList units = new IntList();
    private final IntList pieces = new IntList();
    private final IntList slots = new IntList();
    private final IntList merges = new IntList();
    private final List<Unit> planned = new ArrayList<>();
    private int parts;
    private long pairs;
    private long keysRead;

    private record Unit(int kvHead, int head, int heads, int query, int queries, KeyPieces pieces) {}

    AttentionUnits(AttentionCall call, DeviceKeys keys, int wanted) {
        this.call = call;
        this.keys = keys;
        int group = call.layer().groupSize();
        for (int kvHead = 0; kvHead < call.layer().kvHeads(); kvHead++) {
            KeyOrder order = new KeyOrder(keys, kvHead);
            int end;
            for (int head = kvHead * group; head < (kvHead + 1) * group; head = end) {
                AttentionPlan plan = plan(head);
                end = head + 1;
                while (end < (kvHead + 1) * group && end - head < ROWS && plan(end).equals(plan)) {
                    end++;
                }
                cut(order, kvHead, head, end - head, plan);
            }
        }
        int most = Math.max(1, (wanted + planned.size() - 1) / planned.size());
        planned.forEach(unit -> write(unit, most));
    }

    private AttentionPlan plan(int head) {
        return call.plan() instanceof AttentionPlan.PerHead perHead ? perHead.plans().get(head) : call.plan();
    }

    private void cut(KeyOrder order, int kvHead, int head, int heads, AttentionPlan plan) {
        int queries = call.queryPositions().length;
        int block = switch (plan) {
            case AttentionPlan.Indices indices -> 1;
            case AttentionPlan.Tiles tiles -> tiles.queryBlock();
            default -> queries;
        };
        int most = Math.max(1, ROWS / heads);
        for (int start = 0; start < queries; start += block) {
            int end = (int) Math.min(queries, (long) start + block);
            for (int from = start; from < end; from += most) {
                int count = Math.min(most, end - from);
                KeyPieces read = KeyPieces.of(call, order, plan, from, from + count);
                planned.add(new Unit(kvHead, head, heads, from, count, read));
                pairs += heads * read.pairs();
                keysRead += heads * read.keys();
            }
        }
    }

    private void write(Unit unit, int most) {
        long read = unit.pieces.keys();
        int cuts = (int) Math.clamp(read / SMALLEST_PART, 1, most);
        if (cuts == 1) {
            int first = pieces.size() / 2;
            unit.pieces.write(0, read, pieces, slots);
            add(units, unit, first, pieces.size() / 2 - first, -1);
            return;
        }
        add(merges, unit, 0, cuts, parts);
        for (int part = 0; part < cuts; part++) {
            int first = pieces.size() / 2;
            unit.pieces.write(read * part / cuts, read * (part + 1) / cuts, pieces, slots);
            add(units, unit, first, pieces.size() / 2 - first, parts++);
        }
    }

    private static void add(IntList target, Unit unit, int firstPiece, int count, int part) {
        target.add(
                unit.kvHead,
                unit.head,
                unit.heads,
                unit.query,
                unit.queries,
                firstPiece,
                count,
                unit.pieces.sinks(),
                unit.pieces.window(),
                part);
    }

    /** Units as the kernel reads them. */
    int[] units() {
        return units.toArray();
    }

    int count() {
        return units.size() / FIELDS;
    }

    int[] pieces() {
        return pieces.toArray();
    }

    int[] slots() {
        return slots.toArray();
    }

    /** Units whose parts are to be joined: their pieces are the number of parts. */
    int[] merges() {
        return merges.toArray();
    }

    int mergeCount() {
        return merges.size() / FIELDS;
    }

    int parts() {
        return parts;
    }

    /** Query-key products that enter the softmax. */
    long pairs() {
        return pairs;
    }

    /** Keys that are read, each once a head and unit. */
    long keysRead() {
        return keysRead;
    }
}
