package lathe.testkit.golden;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.Compute;
import lathe.spi.kv.Observed;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Kernels;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

/** The platform's engine and the kernels of its CPU backend, as adapters need them. */
final class GoldenEngine implements Kernels {
    private final Engine engine = Engine.shared();
    private final Compute compute = new CpuBackend(engine).open(engine.parallel());

    Scope openScope() {
        return engine.openScope();
    }

    MethodFactory factory(MethodSource methods) {
        return new MethodFactory(methods, engine);
    }

    Compute compute() {
        return compute;
    }

    @Override
    public Tensor rotated(Tensor heads, int[] positions, LayerInfo layer, Scope scope) {
        Tensor rotated = heads.in(scope).copy();
        layer.rotary().ifPresent(rotary -> compute.rotate(rotated, positions, rotary));
        return rotated;
    }

    @Override
    public Observed attend(AttentionCall call, Scope observations) {
        return compute.attention(call).observed();
    }
}
