package lathe.quantizedcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.attention.Phase;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.Observed;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.KvPolicyContract;
import lathe.testkit.reference.FixedRandom;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.RunContext;

class QuantizedCacheTest extends KvPolicyContract {
    private static final int HEADS = 2;
    private static final int WIDTH = 16;

    @Override
    protected Plugin plugin() {
        return new QuantizedCachePlugin();
    }

    @Override
    protected String everything() {
        return "bits = 8, residual = 5";
    }

    @Override
    protected String little() {
        return "bits = 4";
    }

    @Override
    protected int kept() {
        return 40;
    }

    @Override
    protected boolean evictsWhileDecoding() {
        return false; // all tokens stay, in fewer bits
    }

    @Override
    protected double tolerance() {
        return 0.05; // eight bits over a range of about four
    }

    private KvStore open(String hocon, Tensor keys, Tensor values) {
        LayerInfo layer = new LayerInfo(0, 1, 4, HEADS, WIDTH, WIDTH, 0.25, Optional.empty(), Optional.empty());
        KvStore store = make(KvPolicy.class, hocon).open(
                layer, new RunContext(scope(), new FixedRandom(1).stream("cache", 0), new Findings()));
        store.append(new KvBlock(Phase.PREFILL, keys, values, keys, keys,
                IntStream.range(0, keys.size(1)).toArray(), new int[keys.size(1)]), Observed.NOTHING);
        return store;
    }

    @Test
    void givesBackWhatTheFormulaSaysForEveryGroup() {
        Tensor keys = normal("keys", HEADS, 37, WIDTH);
        Tensor values = normal("values", HEADS, 37, WIDTH);
        for (int bits : new int[] {2, 3, 4, 8}) {
            try (KvStore store = open("scaleType = f32, group = 8, bits = " + bits, keys, values)) {
                KvSegment segment = store.view().segments().getFirst();
                Tensor read = scope().zeros(30, WIDTH);
                for (int head = 0; head < HEADS; head++) {
                    segment.readKeys(head, 7, read);
                    assertClose(read, keys.row(head).slice(0, 7, 37).copy(), bits);
                    segment.readValues(head, 7, read);
                    assertClose(read, values.row(head).slice(0, 7, 37).copy(), bits);
                }
            }
        }
    }

    private static void assertClose(Tensor read, Tensor exact, int bits) {
        for (int token = 0; token < exact.size(0); token++) {
            for (int from = 0; from < WIDTH; from += 8) {
                float low = Float.POSITIVE_INFINITY;
                float high = Float.NEGATIVE_INFINITY;
                for (int channel = from; channel < from + 8; channel++) {
                    low = Math.min(low, (float) exact.get(token, channel));
                    high = Math.max(high, (float) exact.get(token, channel));
                }
                float scale = (high - low) / ((1 << bits) - 1);
                for (int channel = from; channel < from + 8; channel++) {
                    float code = (float) Math.rint(((float) exact.get(token, channel) - low) / scale);
                    assertThat((float) read.get(token, channel)).isEqualTo(code * scale + low);
                }
            }
        }
    }

    @Test
    void keepsTheNewestTokensToTheBit() {
        Tensor keys = normal("keys", HEADS, 20, WIDTH);
        try (KvStore store = open("residual = 6", keys, keys)) {
            PlainSegment newest = (PlainSegment) store.view().segments().getLast();
            assertThat(newest.positions(1)).containsExactly(14, 15, 16, 17, 18, 19);
            assertThat(newest.keys().get(1).copy().toFloats())
                    .containsExactly(keys.row(1).slice(0, 14, 20).copy().toFloats());
        }
    }

    @Test
    void takesTheBytesOfItsBits() {
        Tensor keys = normal("keys", HEADS, 64, WIDTH);
        // 64 tokens, 2 heads, keys and values: 16 codes and two numbers of two bytes each.
        try (KvStore eight = open("", keys, keys); KvStore four = open("bits = 4", keys, keys)) {
            assertThat(eight.bytes()).isEqualTo(64 * 2 * 2 * (16 + 4));
            assertThat(four.bytes()).isEqualTo(64 * 2 * 2 * (8 + 4));
        }
    }

    @Test
    void refusesScalesThatItCannotStore() {
        assertThatThrownBy(() -> make(KvPolicy.class, "scaleType = i8")).hasMessageContaining("scaleType");
    }
}
