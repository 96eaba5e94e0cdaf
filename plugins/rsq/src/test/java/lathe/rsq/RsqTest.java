package lathe.rsq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.Kind;
import lathe.spi.Plugin;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.WeightMethod;
import lathe.testkit.QuantizerContract;
import lathe.testkit.TargetedWalk;
import lathe.testkit.TargetedWalk.Outcome;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

class RsqTest extends QuantizerContract {
    @Override
    protected Plugin plugin() {
        return new RsqPlugin();
    }

    /** One grid a row, whatever the size of groups elsewhere. */
    @Override
    protected String at(int bits, int group) {
        return "bits = " + bits;
    }

    @Override
    protected boolean isAsGoodAsRounding() {
        return false;
    }

    /** A rotation is of the whole model. */
    @Override
    protected String targeted() {
        return "rotateMode = none";
    }

    @Test
    void expandsEverySequenceToRolledCopiesOfItsTokens() {
        List<int[]> expanded = make(Quantizer.class, "expandFactor = 4").calibration(
                List.of(new int[] {1, 2, 3, 4, 5, 6, 7, 8}, new int[] {9, 9, 8, 7}));
        assertThat(expanded).hasSize(8);
        assertThat(expanded.get(1)).containsExactly(7, 8, 1, 2, 3, 4, 5, 6);
        for (int k = 0; k < 4; k++) {
            int[] sorted = expanded.get(4 + k).clone();
            Arrays.sort(sorted);
            assertThat(sorted).containsExactly(7, 8, 9, 9);
        }
    }

    private Outcome quantize(String hocon) {
        MethodFactory factory = new MethodFactory(MethodSource.of(new RsqPlugin()), Engine.shared());
        WeightMethod method = (WeightMethod) factory.make(Kind.QUANTIZER, "rsq",
                ConfigFactory.parseString(hocon).root(), List.of()).method();
        return TargetedWalk.outcome(method, factory.services(), Map.of(), scope());
    }

    /** With eight bits little but the rotation is left; a rotation that is wrong somewhere moves logits by their size. */
    @Test
    void rotatesTheModelWithoutChangingWhatItComputes() {
        for (String mode : List.of("hadamard", "random", "none")) {
            assertThat(quantize("bits = 8, rotateMode = " + mode).distance()).as(mode).isBetween(1e-6, 0.05);
        }
    }

    @Test
    void weighsTokensByEveryStrategy() {
        double alike = quantize("rMin = 1").distance();
        for (String strategy : List.of("attncon", "actnorm", "actdiff", "tokenfreq", "tokensim", "chunk")) {
            double weighted = quantize("rMin = 0.01, strategy = " + strategy).distance();
            assertThat(weighted).as(strategy).isNotEqualTo(alike).isLessThan(3 * alike);
        }
    }

    @Test
    void refusesARangeWithoutRoomAndChunksThatAreNone() {
        assertThatThrownBy(() -> make(Quantizer.class, "rMin = 2, rMax = 1")).hasMessageContaining("rMin");
        assertThatThrownBy(() -> make(Quantizer.class, "chunks = 2, chosenChunks = [2]")).hasMessageContaining("chunk");
    }

    @Test
    void refusesLinearsThatAreNoneAndScalesThatAreNoNumbers() {
        assertThatThrownBy(() -> make(Quantizer.class, "applyModule = [qq]")).hasMessageContaining("qq")
                .hasMessageContaining("q, k, v");
        assertThatThrownBy(() -> make(Quantizer.class, "scaleType = I8")).hasMessageContaining("F16, BF16 or F32");
    }

    @Test
    void refusesMoreChunksThanASequenceHasTokens() {
        Quantizer chunks = make(Quantizer.class, "strategy = chunk, chunks = 1000, chosenChunks = [999]");
        assertThat(chunks.refusesText(8, 64).orElseThrow().reason()).contains("64 tokens has no 1000 chunks");
        assertThat(chunks.refusesText(8, 1000)).isEmpty();
        assertThat(make(Quantizer.class, "chunks = 1000").refusesText(8, 64)).as("another strategy").isEmpty();
        assertThatThrownBy(() -> quantize("strategy = chunk, chunks = 1000, chosenChunks = [999]"))
                .hasMessageContaining("96 tokens has no 1000 chunks");
    }
}
