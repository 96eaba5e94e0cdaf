package lathe.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.DoubleBinaryOperator;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import lathe.engine.Engine;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Every operation against loops over single elements, on views of all kinds and types. */
class TensorTest {
    private final Random random = new Random(3);
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private Tensor filled(DataType type, int... sizes) {
        Tensor tensor = scope.zeros(sizes);
        Tensor flat = tensor.reshape((int) tensor.elements());
        for (int i = 0; i < flat.size(0); i++) {
            flat.set(random.nextInt(200) / 8.0, i);
        }
        return type == DataType.F32 ? tensor : tensor.to(type);
    }

    /** Matrices of one shape that lie differently in memory. */
    private Tensor[] matrices(int rows, int columns, DataType type) {
        return new Tensor[] {filled(type, rows, columns), filled(type, columns, rows).transpose(),
            filled(type, rows + 3, columns + 2).slice(0, 1, rows + 1).slice(1, 2, columns + 2),
            filled(type, 2, rows, columns).row(1), filled(type, rows, 2, columns).slice(1, 1, 2).transpose(0, 1).row(0),
            filled(type, columns + 4, rows + 1).slice(0, 3, columns + 3).slice(1, 0, rows).transpose()};
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void readsEveryTypeThroughEveryView(DataType type) {
        for (Tensor matrix : matrices(7, 21, type)) {
            Tensor sum = matrix.add(1.0);
            float[] all = matrix.toFloats();
            int[] whole = matrix.toInts();
            Tensor copy = matrix.copy();
            float[] row = new float[21];
            assertThat(copy.type()).isEqualTo(type);
            assertThat(copy.isContiguous()).isTrue();
            for (int i = 0; i < 7; i++) {
                matrix.copyRow(i, row);
                for (int j = 0; j < 21; j++) {
                    double value = matrix.get(i, j);
                    assertThat(sum.get(i, j)).isEqualTo((float) (value + 1));
                    assertThat(all[i * 21 + j]).isEqualTo((float) value);
                    assertThat(whole[i * 21 + j]).isEqualTo((int) value);
                    assertThat(copy.get(i, j)).isEqualTo(value);
                    assertThat(row[j]).isEqualTo((float) value);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void writesEveryTypeThroughEveryView(DataType type) {
        Tensor source = filled(DataType.F32, 5, 33);
        Tensor expected = source.to(type);
        for (Tensor target : matrices(5, 33, type)) {
            target.assign(source);
            assertThat(target.toFloats()).containsExactly(expected.toFloats());
            target.fill(3);
            assertThat(target.sum()).isEqualTo(type == DataType.BOOL ? 165 : 495);
            float[] row = new float[33];
            row[32] = 1;
            target.setRow(4, row);
            assertThat(target.row(4).sum()).isEqualTo(1);
        }
    }

    private void elementwise(DoubleBinaryOperator meaning, java.util.function.BinaryOperator<Tensor> operation) {
        for (Tensor left : matrices(37, 90, DataType.F32)) {
            for (Tensor right : matrices(37, 90, DataType.BF16)) {
                Tensor result = operation.apply(left, right);
                for (int i = 0; i < 37; i++) {
                    for (int j = 0; j < 90; j++) {
                        float expected = (float) meaning.applyAsDouble(left.get(i, j), right.get(i, j));
                        assertThat(Float.compare((float) result.get(i, j), expected)).isZero();
                    }
                }
            }
        }
    }

    @Test
    void addsSubtractsMultipliesAndDividesElementByElement() {
        elementwise((a, b) -> a + b, Tensor::add);
        elementwise((a, b) -> a - b, Tensor::subtract);
        elementwise((a, b) -> a * b, Tensor::multiply);
        elementwise((a, b) -> a / b, Tensor::divide);
    }

    @Test
    void appliesAVectorToEveryRow() {
        Tensor vector = filled(DataType.F16, 45, 2).transpose().row(1);
        for (Tensor matrix : matrices(6, 45, DataType.F32)) {
            Tensor sum = matrix.add(vector);
            Tensor scaled = matrix.scaleColumns(vector);
            Tensor rows = matrix.scaleRows(vector.slice(0, 0, 6));
            for (int i = 0; i < 6; i++) {
                for (int j = 0; j < 45; j++) {
                    assertThat(sum.get(i, j)).isEqualTo(matrix.get(i, j) + vector.get(j));
                    assertThat(scaled.get(i, j)).isEqualTo(matrix.get(i, j) * vector.get(j));
                    assertThat(rows.get(i, j)).isEqualTo(matrix.get(i, j) * vector.get(i));
                }
            }
        }
    }

    @Test
    void functionsOfOneNumber() {
        Tensor x = filled(DataType.F32, 3, 50).subtract(filled(DataType.F32, 3, 50)).divide(7.0);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 50; j++) {
                double value = x.get(i, j);
                assertThat(x.abs().get(i, j)).isEqualTo(Math.abs(value));
                assertThat(x.square().get(i, j)).isEqualTo((float) (value * value));
                assertThat(x.square().sqrt().get(i, j)).isCloseTo(Math.abs(value), within(1e-5));
                assertThat(x.exp().get(i, j)).isCloseTo(Math.exp(value), within(2e-7 * Math.exp(value)));
                assertThat(x.exp().log().get(i, j)).isCloseTo(value, within(1e-6));
                assertThat(x.round().get(i, j)).isEqualTo(Math.rint(value));
                assertThat(x.clamp(-1, 0.5).get(i, j)).isEqualTo(Math.clamp(value, -1, 0.5));
                assertThat(x.map(v -> v * 3).get(i, j)).isEqualTo((float) (value * 3));
            }
        }
    }

    @Test
    void reducesOverEveryDimension() {
        Tensor cube = filled(DataType.F32, 11, 7, 70).transpose(0, 1);
        for (int d = -3; d < 3; d++) {
            int dimension = d < 0 ? d + 3 : d;
            Tensor sum = cube.sum(d);
            Tensor mean = cube.mean(d);
            Tensor max = cube.max(d);
            Tensor min = cube.min(d);
            int[] sizes = cube.shape().toArray();
            for (int a = 0; a < sizes[dimension == 0 ? 1 : 0]; a++) {
                for (int b = 0; b < sizes[dimension == 2 ? 1 : 2]; b++) {
                    double total = 0;
                    double largest = Double.NEGATIVE_INFINITY;
                    double smallest = Double.POSITIVE_INFINITY;
                    for (int r = 0; r < sizes[dimension]; r++) {
                        double value = dimension == 0 ? cube.get(r, a, b)
                                : dimension == 1 ? cube.get(a, r, b) : cube.get(a,
                                        b, r);
                        total += value;
                        largest = Math.max(largest, value);
                        smallest = Math.min(smallest, value);
                    }
                    assertThat(sum.get(a, b)).isEqualTo((float) total);
                    assertThat(mean.get(a, b)).isEqualTo((float) (total / sizes[dimension]));
                    assertThat(max.get(a, b)).isEqualTo(largest);
                    assertThat(min.get(a, b)).isEqualTo(smallest);
                }
            }
        }
    }

    @Test
    void longRowsAndSumsKeepTheirDigits() {
        Tensor x = scope.zeros(3, 100_000).fill(0.1);
        double exact = 0.1f * 300_000.0;
        assertThat(x.sum()).isCloseTo(exact, within(1e-6));
        assertThat(x.sum(0).sum()).isCloseTo(exact, within(1e-2));
        assertThat(x.sum(1).get(2)).isEqualTo((float) (0.1f * 100_000.0));
        assertThat(x.norm().get(1)).isCloseTo(Math.sqrt(0.1f * (double) 0.1f * 100_000), within(1e-5));
        assertThat(x.cumulativeSum().get(2, 99_999)).isEqualTo((float) (0.1f * 100_000.0));
        assertThat(x.softmax().get(0, 5)).isCloseTo(1e-5, within(1e-11));
        assertThat(x.logSumExp().get(0)).isCloseTo(0.1f + Math.log(100_000), within(1e-5));
        x.set(-7, 1, 77_777);
        assertThat(x.maxAbs()).isEqualTo(7);
        x.set(Double.NaN, 1, 5);
        assertThat(x.maxAbs()).isNaN();
        assertThat(x.max(1).get(1)).isNaN();
    }

    @Test
    void ordersRowsWithStatedTies() {
        Tensor x = scope.of(new float[] {2, Float.NaN, 5, -0f, 0f, 5, 2, Float.NEGATIVE_INFINITY}, 8);
        assertThat(x.argsort().toInts()).containsExactly(1, 7, 3, 4, 0, 6, 2, 5);
        assertThat(x.topK(8).toInts()).containsExactly(2, 5, 0, 6, 3, 4, 7, 1);
        assertThat(x.topK(3).toInts()).containsExactly(2, 5, 0);
        assertThat(x.topK(0).elements()).isZero();
        assertThat(x.topK(1).toInts()).containsExactly(2);
        Tensor rows = scope.of(new float[] {Float.NaN, Float.NaN, Float.NaN, Float.NaN, -0f, 0f}, 2, 3);
        assertThat(rows.topK(1).toInts()).containsExactly(0, 1);
    }

    @Test
    void topKOfManyAgreesWithTheFullOrder() {
        Tensor x = filled(DataType.F32, 4, 5000);
        int[] all = x.topK(5000).toInts();
        for (int k : new int[] {1, 2, 33, 700, 4999}) {
            int[] some = x.topK(k).toInts();
            for (int i = 0; i < some.length; i++) {
                assertThat(some[i]).isEqualTo(all[i / k * 5000 + i % k]);
            }
        }
    }

    @Test
    void picksRowsAndColumnsInAnyOrder() {
        for (Tensor matrix : matrices(9, 12, DataType.BF16)) {
            Tensor rows = matrix.select(8, 0, 0, 3);
            Tensor columns = matrix.selectColumns(11, 2, 2);
            assertThat(rows.type()).isEqualTo(DataType.BF16);
            assertThat(rows.row(3).toFloats()).containsExactly(matrix.row(3).toFloats());
            assertThat(columns.transpose().row(0).toFloats()).containsExactly(matrix.transpose().row(11).toFloats());
            assertThat(columns.shape().toArray()).containsExactly(9, 3);
        }
    }

    @Test
    void rowsOfNothingToAttendToGiveZeros() {
        Tensor x = scope.zeros(2, 9).fill(Double.NEGATIVE_INFINITY);
        x.set(1000, 1, 3);
        assertThat(x.softmax().toFloats()).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0);
        assertThat(x.logSumExp().get(0)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void largeWholeNumbersSurviveConversions() {
        Tensor x = scope.zeros(DataType.I64, 2);
        x.segment().set(java.lang.foreign.ValueLayout.JAVA_LONG, 0, Long.MAX_VALUE - 1);
        x.segment().set(java.lang.foreign.ValueLayout.JAVA_LONG, 8, -1);
        Tensor unsigned = x.to(DataType.U64);
        assertThat(unsigned.segment().get(java.lang.foreign.ValueLayout.JAVA_LONG, 0)).isEqualTo(Long.MAX_VALUE - 1);
        assertThat(unsigned.get(1)).isZero();
        Tensor saturated = scope.of(new float[] {300, -300, 2.5f, 3.5f, Float.NaN}, 5);
        assertThat(saturated.to(DataType.I8).toInts()).containsExactly(127, -128, 2, 4, 0);
        assertThat(saturated.to(DataType.U8).toInts()).containsExactly(255, 0, 2, 4, 0);
    }

    @Test
    void assigningAViewOfItselfTransposes() {
        Tensor x = filled(DataType.F32, 40, 40);
        float[] expected = x.transpose().toFloats();
        x.assign(x.transpose());
        assertThat(x.toFloats()).containsExactly(expected);
    }

    @Test
    void errorsNameTheOperationAndBothShapes() {
        Tensor a = scope.zeros(2, 3);
        Tensor b = scope.zeros(4, 5);
        assertThatThrownBy(() -> a.add(b)).hasMessageContaining("add").hasMessageContaining("[2, 3]")
                .hasMessageContaining("[4, 5]");
        assertThatThrownBy(() -> a.matmul(b)).hasMessageContaining("matmul").hasMessageContaining("[2, 3]")
                .hasMessageContaining("[4, 5]");
        assertThatThrownBy(() -> a.reshape(7)).hasMessageContaining("reshape").hasMessageContaining("[7]");
        assertThatThrownBy(() -> a.transpose().reshape(6)).hasMessageContaining("copy()");
        assertThatThrownBy(() -> a.get(0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> a.get(0)).hasMessageContaining("indices");
        assertThatThrownBy(() -> a.slice(1, 2, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> a.topK(4)).hasMessageContaining("topK");
        assertThatThrownBy(() -> a.hadamard()).hasMessageContaining("power of two");
        assertThatThrownBy(() -> a.select(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void emptyTensorsAreHarmless() {
        Tensor none = scope.zeros(0, 4);
        assertThat(none.add(1.0).elements()).isZero();
        assertThat(none.sum(0).toFloats()).containsExactly(0, 0, 0, 0);
        assertThat(none.sum(1).elements()).isZero();
        assertThat(none.softmax().elements()).isZero();
        assertThat(none.matmul(scope.zeros(4, 3)).elements()).isZero();
        assertThat(scope.zeros(2, 0).matmul(scope.zeros(0, 3)).toFloats()).containsOnly(0);
        assertThat(none.maxAbs()).isZero();
        assertThat(scope.zeros(3, 0).logSumExp().get(0)).isEqualTo(Double.NEGATIVE_INFINITY);
    }
}
