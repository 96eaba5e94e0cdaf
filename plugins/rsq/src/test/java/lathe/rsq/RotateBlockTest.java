package lathe.rsq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.StageParameters;
import lathe.spi.StageScene;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

/** The stage rotate-block, on sizes that are no powers of two. */
class RotateBlockTest {
    private static final int HIDDEN = 48;
    private static final int HEADS = 6;

    /** Notes by name. */
    private record Scene(Map<String, Tensor> inputs, Map<String, Tensor> found, Scope scope) implements StageScene {
        @Override
        public Tensor input(String name) {
            return inputs.get(name);
        }

        @Override
        public Optional<Tensor> find(String name) {
            return Optional.ofNullable(inputs.get(name));
        }

        @Override
        public StageParameters parameters() {
            return new Sizes();
        }

        @Override
        public void note(String name, Tensor value) {
            found.put(name, value);
        }
    }

    private record Sizes() implements StageParameters {
        @Override
        public boolean has(String name) {
            return name.equals("heads") || name.equals("kvHeads");
        }

        @Override
        public int whole(String name) {
            return name.equals("heads") ? HEADS : 2;
        }

        @Override
        public double number(String name) {
            throw new UnsupportedOperationException(name);
        }

        @Override
        public String word(String name) {
            throw new UnsupportedOperationException(name);
        }

        @Override
        public List<Integer> wholes(String name) {
            throw new UnsupportedOperationException(name);
        }

        @Override
        public List<List<Object>> rows(String name) {
            throw new UnsupportedOperationException(name);
        }

        @Override
        public List<Integer> shape(String name) {
            throw new UnsupportedOperationException(name);
        }
    }

    /** Paley's matrix of order 12: skew but for its diagonal. */
    private static Tensor paley(Scope scope) {
        Tensor matrix = scope.zeros(12, 12);
        List<Integer> squares = List.of(1, 3, 4, 5, 9);
        for (int i = 0; i < 12; i++) {
            for (int j = 0; j < 12; j++) {
                int distance = Math.floorMod(j - i, 11);
                double entry = i == j ? 1 : i == 0 ? 1 : j == 0 ? -1 : squares.contains(distance) ? 1 : -1;
                matrix.set(entry, i, j);
            }
        }
        return matrix;
    }

    private static Map<String, Tensor> block(Scope scope, int inner) {
        Random random = new Random(3);
        Map<String, Tensor> inputs = new HashMap<>();
        Map<String, int[]> shapes = Map.of("q", new int[] {48, HIDDEN}, "k", new int[] {16, HIDDEN},
                "v", new int[] {16, HIDDEN}, "o", new int[] {HIDDEN, 48}, "gate", new int[] {inner, HIDDEN},
                "up", new int[] {inner, HIDDEN}, "down", new int[] {HIDDEN, inner});
        shapes.forEach((name, shape) -> {
            Tensor weight = scope.zeros(shape[0], shape[1]);
            for (int i = 0; i < shape[0]; i++) {
                for (int j = 0; j < shape[1]; j++) {
                    weight.set(random.nextGaussian(), i, j);
                }
            }
            inputs.put(name, weight);
        });
        inputs.put("input_norm", scope.zeros(HIDDEN).fill(1));
        inputs.put("post_norm", scope.zeros(HIDDEN).fill(1));
        Tensor sign = scope.zeros(HIDDEN);
        for (int i = 0; i < HIDDEN; i++) {
            sign.set(random.nextBoolean() ? 1 : -1, i);
        }
        inputs.put("sign", sign);
        inputs.put("hadamard_k", paley(scope));
        return inputs;
    }

    private static Map<String, Tensor> rotate(Map<String, Tensor> inputs, Scope scope) {
        MethodFactory factory = new MethodFactory(MethodSource.of(new RsqPlugin()), Engine.shared());
        RsqConfig config = new RsqConfig(3, true, RsqConfig.Strategy.ATTNCON, 0.005, 1, 4, List.of(0), List.of(),
                RsqConfig.RotateMode.HADAMARD, 1, 0.01, 128, DataType.F16);
        Map<String, Tensor> found = new HashMap<>();
        Stages.rotateBlock(config, new Scene(inputs, found, scope), factory.services());
        return found;
    }

    /** Q = diag(s) H^T / sqrt(d), W becomes W Q before the block and Q^T W after it. */
    @Test
    void rotatesAResidualStreamWhoseWidthIsNoPowerOfTwo() {
        try (Scope scope = Engine.shared().openScope()) {
            Map<String, Tensor> inputs = block(scope, 96);
            Map<String, Tensor> found = rotate(inputs, scope);
            Tensor rotation = found.get("rotation");
            for (int i = 0; i < HIDDEN; i++) {
                for (int j = 0; j < HIDDEN; j++) {
                    int sign = Integer.bitCount(i % 4 & j % 4) % 2 == 0 ? 1 : -1;
                    double entry = inputs.get("sign").get(i) * sign * inputs.get("hadamard_k").get(j / 4, i / 4);
                    assertThat(rotation.get(i, j)).isCloseTo(entry / Math.sqrt(HIDDEN),
                            within(1e-6));
                }
            }
            for (String name : List.of("q", "k", "gate", "up")) {
                Tensor expected = inputs.get(name).matmul(rotation);
                assertThat(found.get(name).subtract(expected).maxAbs()).as(name).isLessThan(1e-5);
            }
            // What the transforms online undo keeps sizes: columns of Q^T W H^T are as long together as those of W.
            for (String name : List.of("v", "o", "down")) {
                assertThat(found.get(name).square().sum()).as(name)
                        .isCloseTo(inputs.get(name).square().sum(), within(0.05));
            }
        }
    }

    @Test
    void saysThatAMatrixDoesNotFitAWidth() {
        try (Scope scope = Engine.shared().openScope()) {
            assertThatThrownBy(() -> rotate(block(scope, 80), scope)).hasMessageContaining("order 80")
                    .hasMessageContaining("12 times a power of two");
        }
    }
}
