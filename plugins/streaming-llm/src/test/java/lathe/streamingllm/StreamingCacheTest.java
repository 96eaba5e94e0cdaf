package lathe.streamingllm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.attention.Phase;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.Observed;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.Rotary;
import lathe.spi.tensor.Tensor;
import lathe.testkit.KvPolicyContract;
import lathe.testkit.reference.FixedRandom;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.RunContext;

class StreamingCacheTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new StreamingLlmPlugin();
    }

    @Override
    protected String everything() {
        return "sinks = 4, recent = 96";
    }

    @Override
    protected String little() {
        return "sinks = 4, recent = 9";
    }

    @Override
    protected int kept() {
        return 13;
    }

    private KvStore open(String hocon) {
        LayerInfo layer = new LayerInfo(
                0, 1, 1, 1, 4, 4, 0.5, Optional.empty(), Optional.of(Rotary.plain(10000, 4)));
        return make(KvPolicy.class, hocon).open(
                layer, new RunContext(scope(), new FixedRandom(1).stream("cache", 0), new Findings()));
    }

    private void append(KvStore store, Phase phase, int from, int count) {
        Tensor tokens = normal("tokens", 1, count, 4);
        int[] positions = IntStream.range(from, from + count).toArray();
        store.append(new KvBlock(phase, tokens, tokens, tokens, tokens, positions, positions), Observed.NOTHING);
    }

    @Test
    void keepsTheSinksHoweverLongItRuns() {
        try (KvStore store = open("sinks = 4, recent = 6")) {
            append(store, Phase.PREFILL, 0, 3);
            store.endPrompt();
            for (int step = 3; step < 100; step++) {
                store.prepare(new int[1]);
                append(store, Phase.DECODE, step, 1);
            }
            assertThat(store.view().positions(0)).containsExactly(0, 1, 2, 3, 94, 95, 96, 97, 98, 99);
        }
    }

    @Test
    void aPromptInChunksEndsAsAPromptInOnePiece() {
        for (String hocon : List.of("sinks = 3, recent = 7", "sinks = 3, compressionRatio = 0.6",
                "sinks = 3, recent = 7, evict = after")) {
            try (KvStore whole = open(hocon); KvStore chunked = open(hocon)) {
                append(whole, Phase.PREFILL, 0, 31);
                whole.endPrompt();
                for (int from = 0; from < 31; from += 8) {
                    chunked.prepare(new int[Math.min(8, 31 - from)]);
                    append(chunked, Phase.PREFILL, from, Math.min(8, 31 - from));
                }
                chunked.endPrompt();
                assertThat(chunked.view().positions(0)).as(hocon).containsExactly(whole.view().positions(0));
                assertThat(chunked.bytes()).as(hocon).isEqualTo(whole.bytes());
            }
        }
    }

    @Test
    void makesRoomBeforeAStepOrAfterIt() {
        try (KvStore before = open("sinks = 2, recent = 4, evict = before");
                KvStore after = open("sinks = 2, recent = 4, evict = after")) {
            for (KvStore store : List.of(before, after)) {
                append(store, Phase.PREFILL, 0, 10);
                store.endPrompt();
                store.prepare(new int[1]);
            }
            assertThat(before.view().tokens(0)).isEqualTo(5);
            assertThat(after.view().tokens(0)).isEqualTo(6);
        }
    }
}
