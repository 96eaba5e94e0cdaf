package lathe.engine.check;

import java.util.Map;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/** Operations of tensors. */
final class TensorChecks {
    /** What a case writes where a pattern of bits means NaN. */
    private static final double NOT_A_NUMBER = 12345;
    private static final Map<String, DataType> CODES = Map.of("bf16", DataType.BF16, "f16", DataType.F16, "e4m3fn",
            DataType.F8_E4M3, "e5m2", DataType.F8_E5M2);
    private static final Map<String, DataType> BACK = Map.of("from_bf16", DataType.BF16, "from_f16", DataType.F16);

    private final OperatorCase golden;
    private final Findings found;
    private final Scope scope;

    TensorChecks(OperatorCase golden, Findings found, Scope scope) {
        this.golden = golden;
        this.found = found;
        this.scope = scope;
    }

    void softmax() {
        Tensor scores = golden.tensor("in.x").in(scope).copy();
        if (golden.has("in.mask")) {
            Tensor flat = scores.reshape(Math.toIntExact(scores.elements()));
            double[] mask = Findings.values(golden.tensor("in.mask"));
            for (int i = 0; i < mask.length; i++) {
                if (mask[i] == 0) {
                    flat.set(Double.NEGATIVE_INFINITY, i);
                }
            }
        }
        found.check("y", scores.softmax());
        found.check("log_sum_exp", scores.logSumExp());
    }

    void hadamard() {
        found.check("y", golden.tensor("in.x").in(scope).hadamard());
    }

    void topK() {
        Tensor x = golden.tensor("in.x").in(scope);
        int k = golden.number("k").orElseThrow().intValue();
        if (found.wants("kept")) {
            boolean[] kept = Selection.largest(x.toFloats(), k);
            double[] mask = new double[kept.length];
            for (int i = 0; i < kept.length; i++) {
                mask[i] = kept[i] ? 1 : 0;
            }
            found.check("kept", mask);
        }
        if (found.wants("largest")) {
            found.check("largest", x.topK(k));
        }
        if (found.wants("smallest")) {
            found.check("smallest", x.multiply(-1.0).topK(k));
        }
    }

    void convert() {
        CODES.forEach((result, type) -> {
            if (found.wants(result)) {
                Tensor rounded = golden.tensor("in.x").in(scope).to(type);
                DataType whole = type.bytes() == 2 ? DataType.U16 : DataType.U8;
                found.check(result,
                        Findings.values(scope.over(rounded.segment(), whole, (int) rounded.elements())));
            }
        });
        BACK.forEach((result, type) -> {
            if (found.wants(result)) {
                Tensor codes = golden.tensor("in.code").in(scope).to(DataType.U16);
                widened(result, scope.over(codes.segment(), type, (int) codes.elements()).to(DataType.F32));
            }
        });
    }

    private void widened(String result, Tensor actual) {
        double[] values = Findings.values(actual);
        double[] expected = Findings.values(golden.tensor("out." + result));
        boolean signs = true;
        for (int i = 0; i < values.length; i++) {
            values[i] = Double.isNaN(values[i]) ? NOT_A_NUMBER : values[i];
            signs &= i >= expected.length || Math.copySign(1, values[i]) == Math.copySign(1, expected[i]);
        }
        found.check(result, values);
        found.require(signs, result + " has a zero with another sign");
    }
}
