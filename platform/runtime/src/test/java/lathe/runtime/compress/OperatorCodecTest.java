package lathe.runtime.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import lathe.engine.Engine;
import lathe.spi.LatheException;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BlockSparse;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Dense;
import lathe.spi.operator.DictionarySparse;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.LowRank;
import lathe.spi.operator.Masked;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Rotation;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TileQuantized;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class OperatorCodecTest {
    private static final Scope SCOPE = Engine.shared().openScope();

    @AfterAll
    static void close() {
        SCOPE.close();
    }

    private static Tensor filled(DataType type, int... sizes) {
        Tensor tensor = SCOPE.zeros(type, sizes);
        return tensor.fill(3);
    }

    private static Csr csr() {
        return new Csr(2, 8, SCOPE.of(new int[] {0, 1, 2}, 3), SCOPE.of(new int[] {3, 5}, 2), filled(DataType.F32, 2));
    }

    private static GroupQuantized codes(ZeroPoints zeros, Optional<Tensor> groups) {
        return new GroupQuantized(2, 8, 4, 4, filled(DataType.U8, 2, BitPacking.rowBytes(8, 4)),
                filled(DataType.F16, 2, 2), zeros, groups);
    }

    private static TileQuantized tiles() {
        GroupStatistic scales = new GroupStatistic.Coded(2, 2, 3, 2, filled(DataType.U8, 12),
                filled(DataType.F16, 1, 2), filled(DataType.F32, 1, 2));
        return new TileQuantized(2, 8, 3, 4, filled(DataType.U8, 24), scales,
                new GroupStatistic.Plain(filled(DataType.F16, 2, 2)), Optional.of(filled(DataType.U16, 8)));
    }

    static Stream<LinearOperator> forms() {
        ZeroPoints packed = new ZeroPoints.Packed(4, filled(DataType.U8, 2, BitPacking.rowBytes(2, 4)));
        Tensor places = filled(DataType.U8, 2, BitPacking.rowBytes(4, 2));
        Dense dense = new Dense(filled(DataType.BF16, 2, 8));
        return Stream.of(dense,
                codes(new ZeroPoints.Constant(8), Optional.empty()),
                codes(packed, Optional.of(SCOPE.of(new int[] {0, 1, 0, 1, 0, 1, 0, 1}, 8))),
                codes(new ZeroPoints.Real(filled(DataType.F32, 2, 2)), Optional.empty()),
                new Codebook(2, 8, 2, filled(DataType.U8, 2, 4), filled(DataType.F32, 4), 4,
                        Optional.of(filled(DataType.F8_E4M3, 2, 2)), 0.3f),
                new Codebook(2, 8, 2, filled(DataType.U8, 2, 4), filled(DataType.F32, 2, 4), 8, Optional.empty(), 1),
                new NmSparse(2, 8, 2, 4, places, new Values.Plain(filled(DataType.BF16, 8))),
                new NmSparse(2, 8, 2, 4, places,
                        new Values.Packed(4, 4, filled(DataType.U8, 4), filled(DataType.F16, 2, 2), packed)),
                new BlockSparse(4, 8, 2, 4, SCOPE.of(new int[] {0, 1, 1}, 3), SCOPE.of(new int[] {1}, 1),
                        filled(DataType.F32, 1, 2, 4)),
                csr(),
                new LowRank(filled(DataType.F32, 2, 1), filled(DataType.F32, 1, 8)),
                new DictionarySparse(filled(DataType.F32, 5, 2), csr()),
                new Rotated(new Rotation.Hadamard(8, 4), dense),
                new Rotated(new Rotation.Matrix(filled(DataType.F32, 8, 8)), codes(packed, Optional.empty())),
                tiles(), Sum.of(tiles(), csr()),
                Sum.of(codes(packed, Optional.empty()), csr(), new Rotated(new Rotation.Hadamard(8, 8), dense)));
    }

    private static Map<String, List<Object>> contents(LinearOperator operator) {
        Map<String, List<Object>> contents = new LinkedHashMap<>();
        operator.parts().forEach((name, part) -> contents.put(name, List.of(part.type(), part.shape(),
                java.util.Arrays.hashCode(part.toFloats()))));
        return contents;
    }

    @ParameterizedTest
    @MethodSource("forms")
    void copiesEveryFormToTheBit(LinearOperator operator) {
        LinearOperator copy;
        try (Scope other = Engine.shared().openScope()) {
            copy = OperatorCodec.copy(operator, other);
            assertThat(copy.getClass()).isEqualTo(operator.getClass());
            assertThat(copy.attributes()).isEqualTo(operator.attributes());
            assertThat(contents(copy)).isEqualTo(contents(operator));
            assertThat(copy.outFeatures()).isEqualTo(operator.outFeatures());
            assertThat(copy.inFeatures()).isEqualTo(operator.inFeatures());
            assertThat(copy.bytes()).isEqualTo(operator.bytes());
            assertThat(other.bytes()).isPositive();
        }
    }

    @Test
    void knowsWhatItCannotPutTogether() {
        Masked masked = new Masked(Mask.all(2, 8), new Dense(filled(DataType.F32, 2, 8)));
        assertThat(OperatorCodec.decodes(masked)).isFalse();
        assertThat(OperatorCodec.decodes(Sum.of(masked, csr()))).isFalse();
        assertThat(forms()).allMatch(OperatorCodec::decodes);
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> OperatorCodec.decode("csr", Map.of(), Map.of())).isInstanceOf(LatheException.class)
                .hasMessage("A stored weight of the form csr is damaged: its tensor 'row_starts' is missing.");
        assertThatThrownBy(() -> OperatorCodec.decode("fractal", Map.of(), Map.of()))
                .hasMessageContaining("The form 'fractal' of a stored weight is not known");
    }
}
