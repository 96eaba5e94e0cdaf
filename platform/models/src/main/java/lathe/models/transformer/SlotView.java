package lathe.models.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import lathe.spi.backend.Compute;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvView;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A store of unrotated keys as attention wants to read it: key i of a head is rotated to position i, and positions in the
 * text give way to those in the cache. Where heads hold different numbers of tokens, shorter ones are moved up so that all
 * end at the same position: only distances matter to a rotated product.
 *
 * @param view the rotated view
 * @param next the position of the first new key
 */
record SlotView(KvView view, int next) {
    static SlotView of(Compute compute, LayerInfo layer, KvView stored, Scope scope) {
        int next = 0;
        for (int head = 0; head < layer.kvHeads(); head++) {
            next = Math.max(next, stored.tokens(head));
        }
        if (next == 0) {
            return new SlotView(KvView.EMPTY, 0);
        }
        Tensor rotated = rotatedKeys(compute, layer, stored, next, scope);
        List<Tensor> keys = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        for (int head = 0; head < layer.kvHeads(); head++) {
            int first = next - stored.tokens(head);
            keys.add(rotated.row(head).slice(0, first, next));
            positions.add(IntStream.range(first, next).toArray());
        }
        KvSegment segment = new PlainSegment(keys, values(layer, stored, scope), positions);
        return new SlotView(new KvView(List.of(segment)), next);
    }

    /** [kvHeads, next, headDim], every head's keys at the end of its rows, so that a row's index is its position. */
    private static Tensor rotatedKeys(Compute compute, LayerInfo layer, KvView stored, int next, Scope scope) {
        Tensor keys = compute.activations(scope, layer.kvHeads(), next, layer.headDim());
        Tensor host = compute.read(keys, scope);
        for (int head = 0; head < layer.kvHeads(); head++) {
            int at = next - stored.tokens(head);
            for (KvSegment segment : stored.segments()) {
                int count = segment.tokens(head);
                if (count > 0) {
                    segment.readKeys(head, 0, host.row(head).slice(0, at, at + count));
                    at += count;
                }
            }
        }
        HostEdits.write(compute, host, keys);
        if (layer.rotary().isPresent()) {
            compute.rotate(keys, IntStream.range(0, next).toArray(), layer.rotary().get());
        }
        return compute.read(keys, scope);
    }

    /** Values one a head: where they lie if they lie in one piece, else put together. */
    private static List<Tensor> values(LayerInfo layer, KvView stored, Scope scope) {
        if (stored.segments().size() == 1 && stored.segments().getFirst() instanceof PlainSegment plain) {
            return plain.values();
        }
        List<Tensor> values = new ArrayList<>();
        for (int head = 0; head < layer.kvHeads(); head++) {
            Tensor all = scope.zeros(stored.tokens(head), layer.valueDim());
            int at = 0;
            for (KvSegment segment : stored.segments()) {
                int count = segment.tokens(head);
                if (count > 0) {
                    segment.readValues(head, 0, all.slice(0, at, at + count));
                    at += count;
                }
            }
            values.add(all);
        }
        return values;
    }
}
