package lathe.runtime.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.LowRank;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;

class StoredFormsTest {
    private static final int ROWS = 24;
    private static final int COLUMNS = 80;

    private final Scope scope = Engine.shared().openScope();
    private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
    private final StoredForms forms = new StoredForms(compute, scope);
    private final Random random = new Random(5);

    @AfterEach
    void close() {
        compute.close();
        scope.close();
    }

    /** Numbers that bfloat16 holds exactly. */
    private Tensor weight() {
        Tensor weight = scope.zeros(DataType.BF16, ROWS, COLUMNS);
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                weight.set(random.nextGaussian(), i, j);
            }
        }
        return weight.to(DataType.F32);
    }

    private void assertHolds(LinearOperator stored, Mask mask, Tensor weight) {
        Tensor dense = compute.dense(stored, DataType.F32, scope);
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                assertThat(dense.get(i, j)).isEqualTo(mask.keeps(i, j) ? weight.get(i, j) : 0.0);
            }
        }
        assertThat(Masks.of(stored, true)).contains(mask);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.3, 0.5, 0.9})
    void storesUnstructuredZerosAsABitmaskWithValuesOfTheSource(double sparsity) {
        Tensor weight = weight();
        Mask mask = Mask.largestPerRow(weight.abs(), SparsityPattern.UNSTRUCTURED, sparsity);
        LinearOperator stored = forms.sparse(mask, weight, DataType.BF16);
        assertThat(stored).isInstanceOf(BitmaskSparse.class);
        assertHolds(stored, mask, weight);
        assertThat(stored.bytes()).isEqualTo(2 * mask.kept() + ROWS * 16L + 4L * (ROWS + 1));
    }

    @Test
    void storesFewZerosDense() {
        Tensor weight = weight();
        Mask mask = Mask.largestPerRow(weight.abs(), SparsityPattern.UNSTRUCTURED, 0.02);
        LinearOperator stored = forms.sparse(mask, weight, DataType.BF16);
        assertThat(stored).isInstanceOf(Dense.class);
        assertHolds(stored, mask, weight);
    }

    @ParameterizedTest
    @CsvSource({"2:4, 2, 4", "4:8, 4, 8", "12:16, 4, 16", "1:4, 3, 4"})
    void storesGroupsAsPlacesAndValues(String pattern, int kept, int group) {
        Tensor weight = weight();
        Mask mask = Mask.largestPerRow(weight.abs(), SparsityPattern.parse(pattern), 0);
        LinearOperator stored = forms.sparse(mask, weight, DataType.BF16);
        assertThat(stored).isInstanceOfSatisfying(NmSparse.class, sparse -> {
            assertThat(sparse.kept()).isEqualTo(kept);
            assertThat(sparse.group()).isEqualTo(group);
        });
        assertHolds(stored, mask, weight);
    }

    @Test
    void storesGroupsOfOtherSizesAsABitmask() {
        Tensor weight = weight();
        Mask mask = Mask.largestPerRow(weight.abs(), SparsityPattern.parse("5:10"), 0);
        LinearOperator stored = forms.sparse(mask, weight, DataType.F32);
        assertThat(stored).isInstanceOf(BitmaskSparse.class);
        Tensor dense = compute.dense(stored, DataType.F32, scope);
        assertThat(Mask.nonZero(dense)).isEqualTo(mask);
    }

    private GroupQuantized codes(int bits, ZeroPoints zeros, Optional<Tensor> columnGroups) {
        int group = 16;
        Tensor codes = scope.zeros(ROWS, COLUMNS);
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                codes.set(random.nextInt(1 << bits), i, j);
            }
        }
        Tensor scales = scope.zeros(DataType.F16, ROWS, COLUMNS / group);
        scales.fill(0.125);
        return new GroupQuantized(ROWS, COLUMNS, bits, group, BitPacking.pack(codes, bits, scope), scales, zeros,
                columnGroups);
    }

    private ZeroPoints packedZeros(int bits) {
        Tensor zeros = scope.zeros(ROWS, COLUMNS / 16);
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS / 16; j++) {
                zeros.set(random.nextInt(1 << bits), i, j);
            }
        }
        return new ZeroPoints.Packed(bits, BitPacking.pack(zeros, bits, scope));
    }

    @ParameterizedTest
    @CsvSource({"4, 0.5", "3, 0.5", "2, 0.5", "8, 0.8", "4, 0.1"})
    void keepsTheCodesOfWhatWasKeptAndZerosExactlyZero(int bits, double sparsity) {
        Mask mask = Mask.largestPerRow(weight().abs(), SparsityPattern.UNSTRUCTURED, sparsity);
        GroupQuantized codes = codes(bits, packedZeros(bits), Optional.empty());
        Tensor all = compute.dense(codes, DataType.F32, scope);
        LinearOperator stored = forms.sparse(mask, codes);
        assertThat(stored.bytes()).isLessThanOrEqualTo(codes.bytes());
        Tensor dense = compute.dense(stored, DataType.F32, scope);
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                assertThat(dense.get(i, j)).isEqualTo(mask.keeps(i, j) ? all.get(i, j) : 0.0);
            }
        }
    }

    @Test
    void packsTheCodesOfAGroupedPattern() {
        Mask mask = Mask.largestPerRow(weight().abs(), SparsityPattern.parse("2:4"), 0);
        GroupQuantized codes = codes(4, new ZeroPoints.Constant(8), Optional.empty());
        LinearOperator stored = forms.sparse(mask, codes);
        assertThat(stored).isInstanceOf(NmSparse.class);
        Tensor all = compute.dense(codes, DataType.F32, scope);
        Tensor dense = compute.dense(stored, DataType.F32, scope);
        assertThat(dense.toFloats()).containsExactly(mask.apply(all).toFloats());
    }

    @Test
    void putsZerosIntoCodesWhoseGroupsAreScattered() {
        int[] groups = new int[COLUMNS];
        for (int j = 0; j < COLUMNS; j++) {
            groups[j] = j % (COLUMNS / 16);
        }
        Mask mask = Mask.largestPerRow(weight().abs(), SparsityPattern.UNSTRUCTURED, 0.5);
        GroupQuantized codes = codes(4, packedZeros(4), Optional.of(scope.of(groups, COLUMNS)));
        Tensor all = compute.dense(codes, DataType.F32, scope);
        Tensor dense = compute.dense(forms.sparse(mask, codes), DataType.F32, scope);
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                assertThat(dense.get(i, j)).isEqualTo(mask.keeps(i, j) ? all.get(i, j) : 0.0);
            }
        }
    }

    @Test
    void refusesAFormThatFillsTheZeros() {
        Mask mask = Mask.largestPerRow(weight().abs(), SparsityPattern.UNSTRUCTURED, 0.5);
        LinearOperator lowRank = new LowRank(
                scope.zeros(ROWS, 2).fill(1), scope.zeros(2, COLUMNS).fill(1));
        Site site = new Site(3, Role.UP, Site.NO_EXPERT, ROWS, COLUMNS);
        assertThatThrownBy(() -> forms.masked(site, mask, lowRank, DataType.BF16)).isInstanceOf(LatheException.class)
                .hasMessageContaining(
                        "The weight blocks.3.up was pruned, but its new form (low-rank) is not zero at row");
    }
}
