package lathe.testkit.golden;

import lathe.engine.Engine;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Kernels;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;
import lathe.testkit.scene.OperatorView;

/** The platform's engine as adapters need it. */
final class GoldenEngine {
    private final Engine engine = Engine.shared();

    Scope openScope() {
        return engine.openScope();
    }

    MethodFactory factory(MethodSource methods) {
        return new MethodFactory(methods, engine);
    }

    Kernels kernels() {
        return Kernels.REFERENCE;
    }

    Tensor dense(LinearOperator operator, Scope scope) {
        return OperatorView.dense(operator, scope);
    }
}
