package lathe.testkit.golden;

import lathe.spi.operator.GroupQuantized;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Numbers;
import lathe.testkit.scene.OperatorView;

/**
 * Codes, scales and zero points read back from the packed form.
 *
 * @param operator the packed form
 * @param codes    [out, in]
 * @param scales   [out, groups]
 * @param zeros    [out, groups]
 */
record StoredCodes(GroupQuantized operator, Numbers codes, Numbers scales, Numbers zeros) {
    static StoredCodes of(GroupQuantized operator, Scope scope) {
        Tensor codes = OperatorView.codes(operator, scope);
        Tensor zeros = OperatorView.zeros(operator, scope);
        return new StoredCodes(operator, Numbers.of(codes), Numbers.of(operator.scales()), Numbers.of(zeros));
    }

    /** Zero point of an entry's group. */
    double zero(int row, int column) {
        return zeros.values()[row * zeros.size(1) + OperatorView.group(operator, column)];
    }
}
