package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.backend.Compute;
import lathe.spi.operator.BlockSparse;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class BlockLanesProductTest {
    private static final int OUT = 32;
    private static final int IN = 200_000;
    private static final int INPUTS = 13;

    @Test
    void goesRoundByRoundWhereWeightsAndInputsAreLarge() {
        try (Scope scope = Engine.shared().openScope();
                Compute compute = new CpuBackend().open(Engine.shared().parallel())) {
            int blocks = IN / 16;
            float[] weights = new float[OUT * IN];
            for (int i = 0; i < weights.length; i++) {
                int row = i / (16 * IN) * 16 + i / 16 % 16;
                int column = i / 256 % blocks * 16 + i % 16;
                weights[i] = weight(row, column);
            }
            float[] inputs = new float[INPUTS * IN];
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = input(i / IN, i % IN);
            }
            BlockSparse operator = new BlockSparse(OUT, IN, 16, 16, scope.of(new int[] {0, blocks, 2 * blocks}, 3),
                    scope.of(IntStream.range(0, 2 * blocks).map(i -> i % blocks).toArray(), 2 * blocks),
                    scope.of(weights, 2 * blocks, 16, 16));
            Tensor output = compute.activations(scope, INPUTS, OUT);
            compute.apply(compute.prepare(operator), scope.of(inputs, INPUTS, IN), output);
            // Sums of small integers, which float32 holds.
            for (int n = 0; n < INPUTS; n++) {
                for (int row = 0; row < OUT; row++) {
                    int sum = 0;
                    for (int column = 0; column < IN; column++) {
                        sum += weight(row, column) * input(n, column);
                    }
                    assertThat(output.get(n, row)).as("row %d of input %d", row, n).isEqualTo(sum);
                }
            }
        }
    }

    private static int weight(int row, int column) {
        return (7 * row + column) % 5 - 2;
    }

    private static int input(int n, int column) {
        return (n + 3 * column + column / 1000) % 7 - 3;
    }
}
