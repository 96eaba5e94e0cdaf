package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;

import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Activations that are used again by the next block and the next pass, so that decoding allocates nothing. A buffer is
 * what it was made for only until the next one of its name is asked for. One thread at a time.
 */
final class Workspace implements AutoCloseable {
    private final Compute compute;
    private final Scope scope;
    private final Map<String, Tensor> buffers = new HashMap<>();

    Workspace(Compute compute, Scope parent) {
        this.compute = requireNonNull(compute, "compute is null");
        this.scope = parent.child();
    }

    /** A contiguous [rows, columns] with anything in it. */
    Tensor matrix(String name, int rows, int columns) {
        long needed = (long) rows * columns;
        Tensor buffer = buffers.get(name);
        if (buffer == null || buffer.elements() < needed) {
            // One dimension, so that every shape that fits is a view of it.
            buffer = compute.activations(scope, Math.toIntExact(needed));
            buffers.put(name, buffer);
        }
        Tensor part = buffer.elements() == needed ? buffer : buffer.slice(0, 0, (int) needed);
        return part.reshape(rows, columns);
    }

    Scope scope() {
        return scope;
    }

    long bytes() {
        return scope.bytes();
    }

    @Override
    public void close() {
        buffers.clear();
        scope.close();
    }
}
