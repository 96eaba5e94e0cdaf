package lathe.testkit;

import java.util.ArrayList;
import java.util.List;

import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;
import lathe.spi.kv.PlainSegment;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A cache that keeps everything, a segment a pass: what policies are compared with. */
final class KeepingStore implements KvStore {
    private final Scope scope;
    private final List<KvSegment> segments = new ArrayList<>();
    private long bytes;

    KeepingStore(Scope scope) {
        this.scope = scope;
    }

    @Override
    public KvView view() {
        return new KvView(segments);
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        for (int head = 0; head < block.keys().size(0); head++) {
            keys.add(block.keys().row(head).in(scope).copy());
            values.add(block.values().row(head).in(scope).copy());
            positions.add(block.positions());
            bytes += keys.getLast().bytes() + values.getLast().bytes() + 4L * block.tokens();
        }
        segments.add(new PlainSegment(keys, values, positions));
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        segments.clear();
    }
}
