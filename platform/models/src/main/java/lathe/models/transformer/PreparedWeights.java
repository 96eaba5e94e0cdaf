package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.IdentityHashMap;
import java.util.Map;

import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Weights and vectors as the processor wants them, prepared when they are first used and shared by all transformers that
 * were made of one another. What no transformer uses any more is freed.
 */
final class PreparedWeights {
    private final Compute compute;
    private final Scope scope;
    private final Map<LinearOperator, Shared> operators = new IdentityHashMap<>();
    private final Map<Tensor, Tensor> vectors = new IdentityHashMap<>();
    private int users;

    /** A prepared weight with the number of its users. */
    private static final class Shared {
        private final PreparedOperator prepared;
        private int users;

        Shared(PreparedOperator prepared) {
            this.prepared = prepared;
        }
    }

    PreparedWeights(Compute compute, Scope parent) {
        this.compute = requireNonNull(compute, "compute is null");
        this.scope = parent.child();
    }

    /** One transformer's share. Closing it gives back what it took. */
    synchronized Lease lease() {
        users++;
        return new Lease();
    }

    /** What one transformer uses. */
    final class Lease implements AutoCloseable {
        private final Map<LinearOperator, PreparedOperator> used = new IdentityHashMap<>();
        private boolean closed;

        PreparedOperator operator(LinearOperator operator) {
            synchronized (PreparedWeights.this) {
                return used.computeIfAbsent(operator, this::take);
            }
        }

        /** A vector in float32 on the processor. */
        Tensor vector(Tensor stored) {
            synchronized (PreparedWeights.this) {
                return vectors.computeIfAbsent(stored, PreparedWeights.this::upload);
            }
        }

        long extraBytes() {
            synchronized (PreparedWeights.this) {
                return used.values().stream().mapToLong(PreparedOperator::extraBytes).sum();
            }
        }

        private PreparedOperator take(LinearOperator operator) {
            if (closed) {
                throw new IllegalStateException("The transformer is closed.");
            }
            Shared shared = operators.computeIfAbsent(operator, weight -> new Shared(compute.prepare(weight)));
            shared.users++;
            return shared.prepared;
        }

        @Override
        public void close() {
            synchronized (PreparedWeights.this) {
                if (closed) {
                    return;
                }
                closed = true;
                used.keySet().forEach(PreparedWeights.this::giveBack);
                used.clear();
                if (--users == 0) {
                    vectors.clear();
                    scope.close();
                }
            }
        }
    }

    private void giveBack(LinearOperator operator) {
        Shared shared = operators.get(operator);
        if (--shared.users == 0) {
            operators.remove(operator);
            shared.prepared.close();
        }
    }

    private Tensor upload(Tensor stored) {
        Tensor target = compute.activations(scope, stored.shape().toArray());
        try (Scope local = scope.child()) {
            compute.write(stored.in(local).to(DataType.F32), target);
        }
        return target;
    }
}
