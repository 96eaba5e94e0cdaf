package lathe.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import lathe.engine.Engine;
import lathe.spi.tensor.CutRule;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;

/** The masks of the SPI on the engine's tensors, against sorting everything. */
class MaskOnTensorsTest {
    private static Tensor scores(Scope scope, int rows, int columns) {
        Random random = new Random(columns);
        Tensor tensor = scope.zeros(rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                tensor.set(random.nextInt(50) - 10, i, j);
            }
        }
        return tensor;
    }

    @Test
    void keepsWhatAStableSortKeeps() {
        try (Scope scope = Engine.shared().openScope()) {
            for (int columns : new int[] {1, 64, 65, 300, 1000}) {
                Tensor tensor = scores(scope, 5, columns);
                Mask mask = Mask.largestPerRow(tensor, 0.6, CutRule.FLOOR);
                for (int i = 0; i < 5; i++) {
                    int row = i;
                    Integer[] order = new Integer[columns];
                    Arrays.setAll(order, j -> j);
                    Arrays.sort(order, Comparator.comparingDouble(j -> tensor.get(row, j)));
                    for (int rank = 0; rank < columns; rank++) {
                        assertThat(mask.keeps(i, order[rank])).isEqualTo(rank >= (int) (0.6 * columns));
                    }
                }
            }
        }
    }

    @Test
    void groupsKeepTheirLargestAndTheLaterOfEqualOnes() {
        try (Scope scope = Engine.shared().openScope()) {
            Tensor tensor = scope.of(new float[] {1, 1, 1, 1, 5, -1, 3, 3}, 1, 8);
            Mask mask = Mask.largestPerRow(tensor, SparsityPattern.parse("2:4"), 0);
            boolean[] kept = new boolean[8];
            for (int j = 0; j < 8; j++) {
                kept[j] = mask.keeps(0, j);
            }
            assertThat(kept).containsExactly(false, false, true, true, true, false, false, true);
        }
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void appliedToAnyTypeItLeavesZerosAndTheRest(DataType type) {
        try (Scope scope = Engine.shared().openScope()) {
            Tensor matrix = scores(scope, 150, 7).to(type).transpose();
            Mask mask = Mask.largestPerRow(scores(scope, 7, 150), 0.5, CutRule.FLOOR);
            Tensor result = mask.apply(matrix);
            for (int i = 0; i < 7; i++) {
                for (int j = 0; j < 150; j++) {
                    assertThat(result.get(i, j)).isEqualTo(mask.keeps(i, j) ? matrix.get(i, j) : 0);
                }
            }
            assertThat(result.type()).isEqualTo(type);
        }
    }

    @Test
    void nonZeroFindsWhatIsNotZero() {
        try (Scope scope = Engine.shared().openScope()) {
            Tensor matrix = scores(scope, 9, 130);
            Mask mask = Mask.nonZero(matrix);
            for (int i = 0; i < 9; i++) {
                for (int j = 0; j < 130; j++) {
                    assertThat(mask.keeps(i, j)).isEqualTo(matrix.get(i, j) != 0);
                }
            }
        }
    }
}
