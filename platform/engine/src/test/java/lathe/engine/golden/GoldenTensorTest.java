package lathe.engine.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/** Tensor operations against torch. */
class GoldenTensorTest {
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"softmax-mask", "softmax-empty-row"})
    void softmaxAgreesWithTorch(String name) {
        GoldenCase golden = GoldenCase.read(name, scope);
        Tensor scores = golden.in("x").copy();
        Tensor mask = golden.in("mask");
        for (int i = 0; i < scores.size(0); i++) {
            for (int j = 0; j < scores.size(1); j++) {
                for (int k = 0; k < scores.size(2); k++) {
                    if (mask.get(i, j, k) == 0) {
                        scores.set(Double.NEGATIVE_INFINITY, i, j, k);
                    }
                }
            }
        }
        golden.check("y", scores.softmax());
        if (golden.has("out.log_sum_exp")) {
            golden.check("log_sum_exp", scores.logSumExp());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 64, 256})
    void hadamardIsInSylvestersOrder(int order) {
        GoldenCase golden = GoldenCase.read("hadamard-" + order, scope);
        golden.check("y", golden.in("x").hadamard());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 30})
    void topKGivesTiesToTheLowerIndex(int k) {
        GoldenCase golden = GoldenCase.read("top-k-ties-" + k, scope);
        golden.check("largest", golden.in("x").topK(k));
        golden.check("smallest", golden.in("x").multiply(-1.0).topK(k));
    }

    @Test
    void keepsTheLargestOfAWholeMatrix() {
        GoldenCase golden = GoldenCase.read("top-k-whole-matrix", scope);
        boolean[] kept = Selection.largest(golden.in("x").toFloats(), (int) golden.parameter("k"));
        double[] actual = new double[kept.length];
        for (int i = 0; i < kept.length; i++) {
            actual[i] = kept[i] ? 1 : 0;
        }
        golden.check("kept", actual);
    }

    @Test
    void roundsTo16BitsAsTorchDoes() {
        GoldenCase golden = GoldenCase.read("convert-16-bit", scope);
        golden.check("bf16", codes(golden.in("x"), DataType.BF16));
        golden.check("f16", codes(golden.in("x"), DataType.F16));
    }

    @Test
    void roundsTo8BitsAsTorchDoes() {
        GoldenCase golden = GoldenCase.read("convert-fp8", scope);
        golden.check("e4m3fn", codes(golden.in("x"), DataType.F8_E4M3));
        golden.check("e5m2", codes(golden.in("x"), DataType.F8_E5M2));
    }

    private double[] codes(Tensor x, DataType type) {
        Tensor rounded = x.to(type);
        DataType whole = type.bytes() == 2 ? DataType.U16 : DataType.U8;
        return GoldenCase.values(scope.over(rounded.segment(), whole, (int) x.elements()));
    }

    @Test
    void widens16BitsExactly() {
        GoldenCase golden = GoldenCase.read("convert-back", scope);
        Tensor codes = golden.in("code").to(DataType.U16);
        int count = (int) codes.elements();
        check(golden, "from_f16", scope.over(codes.segment(), DataType.F16, count).to(DataType.F32));
        check(golden, "from_bf16", scope.over(codes.segment(), DataType.BF16, count).to(DataType.F32));
    }

    private static void check(GoldenCase golden, String result, Tensor actual) {
        // Bits, so that zeros keep their signs; the case writes 12345 for NaN.
        float[] expected = golden.out(result).toFloats();
        float[] values = actual.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.isNaN(values[i]) ? 12345 : values[i];
        }
        assertThat(Arrays.equals(values, expected)).as("%s: %s", result, Arrays.toString(values)).isTrue();
    }
}
