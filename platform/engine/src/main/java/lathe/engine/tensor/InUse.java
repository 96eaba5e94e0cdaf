package lathe.engine.tensor;

import static java.util.Objects.requireNonNull;

import java.util.List;

import lathe.spi.tensor.Tensor;

/**
 * The memory of some tensors while kernels read it by address: a scope that is closed meanwhile waits for the end. Uses
 * end in the reverse order of their beginning, on their thread.
 */
public final class InUse implements AutoCloseable {
    private static final ThreadLocal<InUse> INNERMOST = new ThreadLocal<>();

    private final ArenaScope[] scopes;
    private final InUse outer;

    private InUse(ArenaScope[] scopes) {
        this.scopes = scopes;
        this.outer = INNERMOST.get();
        INNERMOST.set(this);
    }

    /**
     * Begins.
     *
     * @param tensors of this engine; others, and null, are not held
     * @return the use, to be closed
     * @throws IllegalStateException if a scope is closed already
     */
    public static InUse of(Tensor... tensors) {
        return of(List.of(), tensors);
    }

    /**
     * Begins.
     *
     * @param some    tensors, as for {@link #of(Tensor...)}
     * @param tensors more of them
     * @return the use, to be closed
     * @throws IllegalStateException if a scope is closed already
     */
    public static InUse of(List<? extends Tensor> some, Tensor... tensors) {
        ArenaScope[] scopes = new ArenaScope[some.size() + tensors.length];
        int held = 0;
        try {
            for (Tensor tensor : some) {
                held = hold(tensor, scopes, held);
            }
            for (Tensor tensor : tensors) {
                held = hold(tensor, scopes, held);
            }
        } catch (IllegalStateException closed) {
            release(scopes);
            throw closed;
        }
        return new InUse(scopes);
    }

    private static int hold(Tensor tensor, ArenaScope[] scopes, int held) {
        ArenaScope scope = tensor instanceof DenseTensor dense ? dense.memoryScope() : null;
        if (scope == null || held > 0 && scopes[held - 1] == scope) {
            return held;
        }
        scope.enter();
        scopes[held] = scope;
        return held + 1;
    }

    private static void release(ArenaScope[] scopes) {
        for (ArenaScope scope : scopes) {
            if (scope != null) {
                scope.exit();
            }
        }
    }

    /** Whether the calling thread uses a scope. */
    static boolean here(ArenaScope scope) {
        requireNonNull(scope, "scope is null");
        for (InUse use = INNERMOST.get(); use != null; use = use.outer) {
            for (ArenaScope held : use.scopes) {
                if (held == scope) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Ends. */
    @Override
    public void close() {
        if (outer == null) {
            INNERMOST.remove();
        } else {
            INNERMOST.set(outer);
        }
        release(scopes);
    }
}
