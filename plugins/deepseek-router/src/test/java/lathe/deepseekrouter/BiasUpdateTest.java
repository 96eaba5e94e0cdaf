package lathe.deepseekrouter;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.RoutingLoad;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.FixedRandom;

class BiasUpdateTest {
    private Scope scope;

    @BeforeEach
    void openScope() {
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    private int[] load(Tensor scores, float[] bias) {
        Tensor judged = scores.add(scope.of(bias, bias.length));
        return ExpertSlots.best(judged, scores, 2).load();
    }

    @Test
    void movesByTheRateUpDownOrNotAtAll() {
        float[] next = new BiasUpdate(0.25).next(new float[] {1, 1, 1}, new int[] {2, 4, 3});
        assertThat(next).containsExactly(1.25f, 0.75f, 1);
        // The mean 10/3 is no whole number, so that nobody is at it.
        assertThat(new BiasUpdate(0.25).next(new float[3], new int[] {3, 3, 4})).containsExactly(0.25f, 0.25f, -0.25f);
    }

    @Test
    void evensOutASkewedBatch() {
        float[] values = new float[64 * 8];
        for (int i = 0; i < values.length; i++) {
            double logit = new FixedRandom(3).stream("logits", 0).normal(i) + (i % 8 == 0 ? 2 : 0);
            values[i] = (float) (1 / (1 + Math.exp(-logit)));
        }
        Tensor scores = scope.of(values, 64, 8);
        float[] bias = new float[8];
        double start = violation(scores, bias);
        for (int step = 0; step < 200; step++) {
            bias = new BiasUpdate(0.005).next(bias, load(scores, bias));
        }
        assertThat(start).isGreaterThan(1);
        assertThat(violation(scores, bias)).isLessThan(0.25);
    }

    private double violation(Tensor scores, float[] bias) {
        return RoutingLoad.of(scores, load(scores, bias)).maxViolation();
    }
}
