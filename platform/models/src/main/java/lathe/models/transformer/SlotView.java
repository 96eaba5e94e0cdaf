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
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        for (int head = 0; head < layer.kvHeads(); head++) {
            int tokens = stored.tokens(head);
            int[] slots = IntStream.range(next - tokens, next).toArray();
            Tensor key = scope.zeros(tokens, layer.headDim());
            Tensor value = scope.zeros(tokens, layer.valueDim());
            read(stored, head, key, value);
            if (tokens > 0 && layer.rotary().isPresent()) {
                Tensor rotated = compute.activations(scope, 1, tokens, layer.headDim());
                compute.write(key.reshape(1, tokens, layer.headDim()), rotated);
                compute.rotate(rotated, slots, layer.rotary().get());
                key = compute.read(rotated, scope).reshape(tokens, layer.headDim());
            }
            keys.add(key);
            values.add(value);
            positions.add(slots);
        }
        return new SlotView(new KvView(List.of(new PlainSegment(keys, values, positions))), next);
    }

    private static void read(KvView stored, int head, Tensor keys, Tensor values) {
        int at = 0;
        for (KvSegment segment : stored.segments()) {
            int count = segment.tokens(head);
            if (count > 0) {
                segment.readKeys(head, 0, keys.slice(0, at, at + count));
                segment.readValues(head, 0, values.slice(0, at, at + count));
                at += count;
            }
        }
    }
}
