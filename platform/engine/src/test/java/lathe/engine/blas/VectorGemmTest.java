package lathe.engine.blas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of all layouts and of sizes that fill no panel, against sums in double precision. */
class VectorGemmTest {
    private static final int GAP = 3;

    /** A matrix in float32 and, rounded to what they hold, in bfloat16, with gaps between its stored rows. */
    private record Matrix(MemorySegment memory, MemorySegment halves, int rows, int columns, boolean transposed) {
        static Matrix random(Arena arena, Random random, int rows, int columns, boolean transposed) {
            int count = (rows + GAP) * (columns + GAP);
            Matrix matrix = new Matrix(arena.allocate(4L * count, 64), arena.allocate(2L * count, 64), rows, columns,
                    transposed);
            for (int i = 0; i < count; i++) {
                int bits = Float.floatToIntBits((float) random.nextGaussian()) & 0xffff0000;
                matrix.memory.setAtIndex(ValueLayout.JAVA_INT, i, bits);
                matrix.halves.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (bits >>> 16));
            }
            return matrix;
        }

        int stride() {
            return (transposed ? rows : columns) + GAP;
        }

        double get(int row, int column) {
            int index = transposed ? column * stride() + row : row * stride() + column;
            return memory.getAtIndex(ValueLayout.JAVA_FLOAT, index);
        }
    }

    private static void check(Matrix left, Matrix right, Matrix before, MemorySegment target) {
        for (int i = 0; i < left.rows; i++) {
            for (int j = 0; j < right.columns; j++) {
                double sum = before == null ? 0 : before.get(i, j);
                double size = Math.abs(sum);
                for (int p = 0; p < left.columns; p++) {
                    double product = left.get(i, p) * right.get(p, j);
                    sum += product;
                    size += Math.abs(product);
                }
                float value = target.getAtIndex(ValueLayout.JAVA_FLOAT, i * (right.columns + GAP) + j);
                assertThat((double) value).as("[%d, %d]", i, j).isCloseTo(sum, within(2e-6 * size));
            }
            for (int j = right.columns; j < right.columns + GAP; j++) {
                int index = i * (right.columns + GAP) + j;
                assertThat(target.getAtIndex(ValueLayout.JAVA_FLOAT, index)).as("gap %d", index)
                        .isEqualTo(before == null ? 0 : before.memory.getAtIndex(ValueLayout.JAVA_FLOAT, index));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"9, 1, 1", "12, 16, 8", "73, 70, 13", "20, 133, 514", "150, 18, 1027"})
    void multipliesEveryLayout(int m, int n, int k) {
        Random random = new Random(m);
        try (Arena arena = Arena.ofConfined()) {
            for (int layout = 0; layout < 8; layout++) {
                Matrix left = Matrix.random(arena, random, m, k, (layout & 1) > 0);
                Matrix right = Matrix.random(arena, random, k, n, (layout & 2) > 0);
                Matrix before = (layout & 4) > 0 ? Matrix.random(arena, random, m, n, false) : null;
                MemorySegment target = arena.allocate(4L * m * (n + GAP), 64);
                if (before != null) {
                    target.copyFrom(before.memory.asSlice(0, target.byteSize()));
                }
                new VectorGemm().multiply(before != null, left.transposed, right.transposed, m, n, k, left.memory,
                        left.stride(), right.memory, right.stride(), target, n + GAP);
                check(left, right, before, target);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"6, 16, 8", "13, 21, 515"})
    void widensBfloat16ColumnsOnTheWay(int m, int n, int k) {
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(n);
            Matrix rows = Matrix.random(arena, random, m, k, false);
            Matrix columns = Matrix.random(arena, random, k, n, true);
            LeftPanel left = LeftPanel.take(m, k);
            left.fill(rows.memory.address(), 4L * rows.stride(), 0, m / 2);
            left.fill(rows.memory.address(), 4L * rows.stride(), m / 2, m);
            MemorySegment target = arena.allocate(4L * m * (n + GAP), 64);
            VectorGemm.multiply(false, m, n, left,
                    RightPanel.bf16ByColumns(columns.halves.address(), 2L * columns.stride()), target.address(),
                    4L * (n + GAP));
            left.giveBack();
            check(rows, columns, null, target);
        }
    }
}
