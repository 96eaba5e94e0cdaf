package lathe.engine.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.LineMass;
import lathe.spi.attention.Phase;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Probes against their definition: the second key/value head has fewer keys than the first. */
class AttentionProbesTest {
    private static final int TOKENS = 70;
    private static final int KEYS = 90;
    private static final int FEWER = 81;
    private static final int WIDTH = 12;

    @Test
    void givesTheSoftmaxOfTheLastRows() {
        try (Scope scope = Engine.shared().openScope()) {
            AttentionScene scene = scene(scope);
            for (int head = 0; head < 4; head++) {
                Tensor rows = new AttentionProbes(Engine.shared()).rowProbabilities(scene, head, 20);
                assertThat(rows.shape().toArray()).containsExactly(20, KEYS);
                for (int i = 0; i < 20; i++) {
                    double[] expected = row(scene, head, TOKENS - 20 + i);
                    for (int j = 0; j < KEYS; j++) {
                        assertThat(rows.get(i, j)).as("head %d, row %d, key %d", head, i, j)
                                .isCloseTo(expected[j], offset(1e-6));
                    }
                }
            }
        }
    }

    private static double logit(AttentionScene scene, double product) {
        double scaled = product * scene.layer().scale();
        double cap = scene.layer().softcap();
        return cap == 0 ? scaled : cap * Math.tanh(scaled / cap);
    }

    private static double[] row(AttentionScene scene, int head, int query) {
        double[] weights = new double[KEYS];
        for (int key = 0; key < scene.keyCount(head / 2); key++) {
            if (scene.keyPositions(head / 2)[key] <= scene.queryPositions()[query]) {
                double sum = 0;
                for (int d = 0; d < WIDTH; d++) {
                    sum += scene.queries().get(head, query, d) * scene.keys().get(head / 2, key, d);
                }
                weights[key] = Math.exp(logit(scene, sum));
            }
        }
        double total = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(w -> w / total).toArray();
    }

    @Test
    void sumsTheLastRowsByKeyAndByDistance() {
        try (Scope scope = Engine.shared().openScope()) {
            AttentionScene scene = scene(scope);
            for (int head = 0; head < 4; head++) {
                LineMass mass = AttentionProbes.of(scope).lineMass(scene, head, 37);
                int keys = scene.keyCount(head / 2);
                double[] columns = new double[keys];
                double[] distances = new double[keys];
                for (int row = 0; row < 37; row++) {
                    double[] weights = row(scene, head, TOKENS - 37 + row);
                    int own = keys - 37 + row;
                    for (int key = 0; key <= own; key++) {
                        columns[key] += weights[key];
                        distances[own - key] += weights[key];
                    }
                }
                LineMass slow = LineMass.of(AttentionProbes.of(scope).rowProbabilities(scene, head, 37), keys);
                for (int i = 0; i < keys; i++) {
                    assertThat(mass.columns()[i]).as("key %d", i).isCloseTo((float) columns[i], offset(1e-5f));
                    assertThat(mass.distances()[i]).as("distance %d", i).isCloseTo((float) distances[i],
                            offset(1e-5f));
                    assertThat(slow.columns()[i]).isCloseTo((float) columns[i], offset(1e-5f));
                    assertThat(slow.distances()[i]).isCloseTo((float) distances[i], offset(1e-5f));
                }
            }
        }
    }

    @Test
    void hidesLaterKeysOfAStoreInWhichPositionsDoNotAscendAndThoseOutOfTheWindow() {
        try (Scope scope = Engine.shared().openScope()) {
            Given scene = (Given) scene(scope);
            AttentionScene turned = scene.turned(30);
            for (int head = 0; head < 2; head++) {
                Tensor expected = new AttentionProbes(Engine.shared()).rowProbabilities(scene, head, TOKENS);
                Tensor rows = new AttentionProbes(Engine.shared()).rowProbabilities(turned, head, TOKENS);
                for (int i = 0; i < TOKENS; i++) {
                    for (int j = 0; j < KEYS; j++) {
                        assertThat(rows.get(i, j)).as("head %d, row %d, key %d", head, i, j)
                                .isCloseTo(expected.get(i, (j + 30) % KEYS), offset(1e-6));
                    }
                }
            }
            assertThat(scene.within(4).rowProbabilitiesOf(0).row(0).toFloats())
                    .as("position 20 of 20 to 89 reads itself and three before it")
                    .satisfies(row -> assertThat(IntStream.range(0, KEYS).filter(j -> row[j] > 0).toArray())
                            .containsExactly(17, 18, 19, 20));
        }
    }

    @Test
    void multipliesMeansOfBlocks() {
        try (Scope scope = Engine.shared().openScope()) {
            AttentionScene scene = scene(scope);
            Tensor scores = new AttentionProbes(Engine.shared()).blockScores(scene, 3, 16, 32);
            assertThat(scores.shape().toArray()).containsExactly(5, 3);
            for (int i = 0; i < 5; i++) {
                for (int j = 0; j < 3; j++) {
                    double sum = 0;
                    for (int d = 0; d < WIDTH; d++) {
                        sum += mean(scene.queries(), 3, 16 * i, Math.min(TOKENS, 16 * i + 16), d)
                                * mean(scene.keys(), 1, 32 * j, Math.min(FEWER, 32 * j + 32), d);
                    }
                    assertThat(scores.get(i, j)).isCloseTo(logit(scene, sum), offset(1e-6));
                }
            }
        }
    }

    private static double mean(Tensor tensor, int head, int from, int to, int feature) {
        return IntStream.range(from, to).mapToDouble(i -> tensor.get(head, i, feature)).average().orElseThrow();
    }

    @Test
    void capsLogitsAsTheAttentionDoes() {
        try (Scope scope = Engine.shared().openScope()) {
            Given plain = (Given) scene(scope);
            Given scene = plain.capped(0.7);
            AttentionProbes probes = new AttentionProbes(Engine.shared());
            for (int head = 0; head < 4; head++) {
                Tensor rows = probes.rowProbabilities(scene, head, TOKENS);
                for (int i = 0; i < TOKENS; i++) {
                    double[] expected = row(scene, head, i);
                    for (int j = 0; j < KEYS; j++) {
                        assertThat(rows.get(i, j)).as("head %d, row %d, key %d", head, i, j)
                                .isCloseTo(expected[j], offset(1e-6));
                    }
                }
                assertThat(rows.row(TOKENS - 1).maxAbs()).isLessThan(
                        probes.rowProbabilities(plain, head, TOKENS).row(TOKENS - 1).maxAbs());
            }
            Tensor turned = probes.rowProbabilities(plain.turned(30).capped(0.7), 0, TOKENS);
            assertThat(turned.get(5, 2)).isCloseTo(row(scene, 0, 5)[32 % KEYS], offset(1e-6));
            assertThat(probes.blockScores(scene, 3, 16, 32).get(4, 1)).isCloseTo(
                    0.7 * Math.tanh(probes.blockScores(plain, 3, 16, 32).get(4, 1) / 0.7), offset(1e-6));
        }
    }

    private record Given(LayerInfo layer, Tensor queries, Tensor keys, Tensor values, int turned, Scope scope)
            implements
                AttentionScene {
        /** The first {@code count} keys behind all others. */
        Given turned(int count) {
            Tensor shifted = scope.zeros(2, KEYS, WIDTH);
            for (int h = 0; h < 2; h++) {
                for (int i = 0; i < KEYS; i++) {
                    shifted.row(h).row(i).assign(keys.row(h).row((i + count) % KEYS));
                }
            }
            return new Given(layer, queries, shifted, values, count, scope);
        }

        Given capped(double cap) {
            LayerInfo capped = new LayerInfo(0, 1, 4, 2, WIDTH, WIDTH, 0.3, cap, Optional.empty(), Optional.empty());
            return new Given(capped, queries, keys, values, turned, scope);
        }

        Given within(int window) {
            LayerInfo narrow = new LayerInfo(0, 1, 4, 2, WIDTH, WIDTH, 0.3, Optional.of(window), Optional.empty());
            return new Given(narrow, queries, keys, values, turned, scope);
        }

        Tensor rowProbabilitiesOf(int head) {
            return AttentionProbes.of(scope).rowProbabilities(this, head, TOKENS);
        }

        @Override
        public Phase phase() {
            return Phase.PREFILL;
        }

        @Override
        public int keyCount(int kvHead) {
            return kvHead == 0 ? KEYS : FEWER;
        }

        @Override
        public int[] keyPositions(int kvHead) {
            int count = keyCount(kvHead);
            return IntStream.range(0, count).map(i -> KEYS - count + (i + turned) % count).toArray();
        }

        @Override
        public int[] queryPositions() {
            return IntStream.range(KEYS - TOKENS, KEYS).toArray();
        }

        @Override
        public boolean causal() {
            return true;
        }

        @Override
        public Tensor rowProbabilities(int head, int lastRow) {
            throw new IllegalStateException("The probe is what is tested.");
        }

        @Override
        public Tensor blockScores(int head, int queryBlock, int keyBlock) {
            throw new IllegalStateException("The probe is what is tested.");
        }
    }

    private static AttentionScene scene(Scope scope) {
        Random random = new Random(5);
        Tensor queries = scope.zeros(4, TOKENS, WIDTH);
        Tensor keys = scope.zeros(2, KEYS, WIDTH);
        for (Tensor tensor : new Tensor[] {queries, keys}) {
            for (int h = 0; h < tensor.size(0); h++) {
                for (int i = 0; i < (tensor == keys && h == 1 ? FEWER : tensor.size(1)); i++) {
                    for (int d = 0; d < WIDTH; d++) {
                        tensor.set(random.nextGaussian(), h, i, d);
                    }
                }
            }
        }
        LayerInfo layer = new LayerInfo(0, 1, 4, 2, WIDTH, WIDTH, 0.3, Optional.empty(), Optional.empty());
        return new Given(layer, queries, keys, keys, 0, scope);
    }
}
