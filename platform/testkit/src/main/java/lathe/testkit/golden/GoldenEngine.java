package lathe.testkit.golden;

import lathe.engine.Engine;
import lathe.spi.Kind;
import lathe.spi.MethodChoice;
import lathe.spi.Progress;
import lathe.spi.Services;
import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.Observed;
import lathe.spi.model.Rotary;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.ReferenceAttention;
import lathe.testkit.reference.ReferenceRotary;

/** The platform's engine as adapters need it. */
final class GoldenEngine {
    private static final long SEED = 17;

    private final Engine engine = Engine.shared();

    /** Makes methods that other methods build on. */
    @FunctionalInterface
    interface Maker {
        <T> T make(Kind kind, MethodChoice choice, Class<T> contract);
    }

    Scope openScope() {
        return engine.openScope();
    }

    Services services(Maker maker) {
        return new CaseServices(engine, maker);
    }

    void rotate(Tensor heads, int[] positions, Rotary rotary) {
        ReferenceRotary.rotate(heads, positions, rotary);
    }

    Observed attend(AttentionCall call, Scope observations) {
        return ReferenceAttention.attend(call, observations);
    }

    Tensor dense(LinearOperator operator, Scope scope) {
        return switch (operator) {
            case Dense dense -> dense.weight();
            case GroupQuantized codes -> StoredCodes.of(codes).decode(scope);
            default -> throw new IllegalArgumentException("No reference decodes " + operator.form() + ".");
        };
    }

    private record CaseServices(Engine engine, Maker maker) implements Services {
        @Override
        public Scope openScope() {
            return engine.openScope();
        }

        @Override
        public LinearAlgebra linearAlgebra() {
            return engine.linearAlgebra();
        }

        @Override
        public Parallel parallel() {
            return engine.parallel();
        }

        @Override
        public RandomStreams random() {
            return engine.random(SEED, "golden");
        }

        @Override
        public Progress progress() {
            return Progress.NONE;
        }

        @Override
        public <T> T method(Kind kind, MethodChoice choice, Class<T> contract) {
            return maker.make(kind, choice, contract);
        }
    }
}
