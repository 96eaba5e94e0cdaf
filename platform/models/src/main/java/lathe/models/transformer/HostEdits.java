package lathe.models.transformer;

import java.util.function.UnaryOperator;

import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Rare operations that {@link Compute} has no kernel for, done by the host: on the CPU in place, on a device through a
 * copy there and back.
 */
final class HostEdits {
    private HostEdits() {}

    /** Replaces an activation by a function of it. */
    static void replace(Compute compute, Tensor activation, UnaryOperator<Tensor> function) {
        try (Scope local = activation.scope().child()) {
            compute.write(function.apply(compute.read(activation, local).in(local)), activation);
        }
    }

    /** Copies one activation, or a strided part of one, to another of the same shape. */
    static void copy(Compute compute, Tensor source, Tensor target) {
        try (Scope local = target.scope().child()) {
            write(compute, compute.read(source, local), target);
        }
    }

    /** Brings what was edited on the host back; where the host's view is the activation itself, it is there already. */
    static void write(Compute compute, Tensor host, Tensor activation) {
        if (host != activation) {
            compute.write(host, activation);
        }
    }
}
