package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Sum;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Several weights of one input. */
class FewProductsTest {
    private static final int IN = 256;
    private final Random random = new Random(11);

    @Test
    void givesTheBitsOfEveryWeightByItself() {
        try (Scope scope = Engine.shared().openScope();
                Compute compute = new CpuBackend().open(Engine.shared().parallel(), new VectorRowMath())) {
            RandomOperators some = new RandomOperators(3, scope);
            LinearOperator half = some.dense(33, IN, DataType.BF16).operator();
            LinearOperator halves = some.dense(300, IN, DataType.BF16).operator();
            LinearOperator full = some.dense(40, IN, DataType.F32).operator();
            LinearOperator four = some.quantized(300, IN, 4, 64, 1, DataType.F16, false).operator();
            LinearOperator fours = some.quantized(33, IN, 4, 64, 1, DataType.F16, false).operator();
            LinearOperator three = some.quantized(33, IN, 3, 64, 1, DataType.F16, false).operator();
            LinearOperator sum = some.lowRank(33, IN, 4).operator();
            LinearOperator tiles = Sum.of(some.tiled(64, IN, 3, 16, 3, 16, true).operator(),
                    some.csr(64, IN, 0.02).operator());
            LinearOperator others = Sum.of(some.tiled(33, IN, 3, 16, 3, 16, true).operator(),
                    some.csr(33, IN, 0.02).operator());
            for (int rows : new int[] {1, 3, 9}) {
                compare(compute, List.of(half, halves, half), rows, scope);
                compare(compute, List.of(four, fours), rows, scope);
                compare(compute, List.of(half, full), rows, scope);
                compare(compute, List.of(four, three), rows, scope);
                compare(compute, List.of(half, sum), rows, scope);
                compare(compute, List.of(tiles, tiles), rows, scope);
                compare(compute, List.of(tiles, others), rows, scope);
            }
        }
    }

    private void compare(Compute compute, List<LinearOperator> weights, int rows, Scope scope) {
        try (Scope local = scope.child()) {
            Tensor input = local.zeros(rows, IN).map(x -> random.nextGaussian());
            List<PreparedOperator> prepared = weights.stream().map(compute::prepare).toList();
            List<Tensor> together = weights.stream().map(weight -> local.zeros(rows, weight.outFeatures())).toList();
            compute.applyAll(prepared, input, together);
            for (int i = 0; i < weights.size(); i++) {
                Tensor alone = local.zeros(rows, weights.get(i).outFeatures());
                compute.apply(prepared.get(i), input, alone);
                assertThat(together.get(i).toFloats()).as("%s, %d inputs", weights, rows).isEqualTo(alone.toFloats());
            }
        }
    }

    @Test
    void wantsAnOutputForEveryWeight() {
        try (Scope scope = Engine.shared().openScope();
                Compute compute = new CpuBackend().open(Engine.shared().parallel())) {
            PreparedOperator weight = compute
                    .prepare(new RandomOperators(3, scope).dense(33, IN, DataType.F32).operator());
            Tensor output = scope.zeros(1, 33);
            assertThatThrownBy(() -> compute.applyAll(List.of(weight, weight), scope.zeros(1, IN), List.of(output)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("There are 2 weights, but 1 outputs.");
        }
    }
}
