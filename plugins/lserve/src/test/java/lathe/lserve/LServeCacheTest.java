package lathe.lserve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.KvPolicyContract;
import lathe.testkit.scene.CacheRun;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Kernels;
import lathe.testkit.scene.RunContext;

class LServeCacheTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new LServePlugin();
    }

    @Override
    protected String everything() {
        return "staticSparsity = 0";
    }

    @Override
    protected String little() {
        return "staticSparsity = 1, decSink = 4, decLocal = 8";
    }

    @Override
    protected int kept() {
        return 11;
    }

    private KvStore open(LayerInfo layer, String settings) {
        return make(KvPolicy.class, settings).open(layer,
                new RunContext(scope(), services().random().stream("cache", 0), new Findings()));
    }

    @Test
    void aStreamingHeadKeepsNoMoreThanItsSevenPages() {
        LayerInfo layer = new LayerInfo(0, 1, 1, 1, 4, 4, 0.5, Optional.empty(), Optional.empty());
        for (int prompt : new int[] {100, 380, 600}) {
            try (CacheRun run = new CacheRun(Kernels.REFERENCE, scope(), layer, open(layer, "staticSparsity = 1"))) {
                Tensor tokens = normal("tokens", 1, prompt, 4);
                run.prompt(new CacheRun.Prompt(tokens, tokens, tokens, tokens, false));
                for (int step = 0; step < 30; step++) {
                    int[] kept = run.store().view().positions(0);
                    int seen = prompt + step;
                    // Two pages of first tokens; four of the last ones and the one that is begun.
                    assertThat(kept).as("of %s tokens", seen).hasSizeLessThanOrEqualTo((2 + 5) * 64);
                    assertThat(kept).as("of %s tokens", seen).containsExactly(IntStream.range(0, seen)
                            .filter(token -> token < 128 || seen - token < 256).toArray());
                    Tensor token = normal("token " + step, 1, 4);
                    run.step(token, token, token);
                }
            }
        }
    }

    @Test
    void aStreamingHeadDecodesAsMaskedDenseAttention() {
        LayerInfo layer = new LayerInfo(0, 1, 2, 1, 8, 8, 0.35, Optional.empty(), Optional.empty());
        Tensor queries = normal("queries", 2, 60, 8).copy();
        Tensor keys = normal("keys", 1, 60, 8).copy();
        Tensor values = normal("values", 1, 60, 8).copy();
        try (CacheRun run = new CacheRun(Kernels.REFERENCE, scope(), layer, open(layer, little()))) {
            run.prompt(new CacheRun.Prompt(queries.slice(1, 0, 30).copy(), queries.slice(1, 0, 30).copy(),
                    keys.slice(1, 0, 30).copy(), values.slice(1, 0, 30).copy(), false));
            for (int token = 30; token < 60; token++) {
                int now = token;
                Tensor output = run.step(at(queries, now), at(keys, now), at(values, now));
                for (int head = 0; head < 2; head++) {
                    float[] masked = MaskedAttention.of(layer, queries.row(head).row(now), keys.row(0),
                            values.row(0), key -> key <= now && (key < 4 || now - key < 8));
                    assertThat(output.row(head).toFloats()).as("token %s", now)
                            .containsExactly(masked, within(1e-5f));
                }
            }
        }
    }

    private static Tensor at(Tensor heads, int token) {
        return heads.slice(1, token, token + 1).copy().reshape(heads.size(0), heads.size(2));
    }
}
