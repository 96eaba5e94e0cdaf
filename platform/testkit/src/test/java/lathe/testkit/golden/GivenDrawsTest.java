package lathe.testkit.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.Kind;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.FixedRandom;

class GivenDrawsTest {
    /** Draws of a prompt are 1 and 2, those of two blocks 3 to 6. */
    private static RandomStream draws(int promptTokens, Scope scope) {
        Map<String, Tensor> inputs = Map.of("k", scope.zeros(1, promptTokens, 4),
                "p0_k", scope.of(new float[] {1}, 1, 1, 1), "p0_v", scope.of(new float[] {2}, 1, 1, 1),
                "p0_k_blocks", scope.of(new float[] {3, 5}, 2, 1, 1, 1),
                "p0_v_blocks", scope.of(new float[] {4, 6}, 2, 1, 1, 1));
        return GivenDraws.of(new GoldenCase(Kind.KV_POLICY, "gear", "small", "decode-run",
                ConfigFactory.parseString("n_b = 8"), inputs, List.of()), new FixedRandom(1));
    }

    @Test
    void beginWithThoseOfThePromptOnlyWhereThePromptHasABlock() {
        try (Scope scope = Engine.shared().openScope()) {
            assertThat(draws(8, scope).uniform(0)).isEqualTo(1);
            assertThat(draws(8, scope).uniform(2)).isEqualTo(3);
            assertThat(draws(7, scope).uniform(0)).isEqualTo(3);
            assertThat(draws(7, scope).uniform(3)).isEqualTo(6);
        }
    }
}
