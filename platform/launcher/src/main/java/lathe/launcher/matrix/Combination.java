package lathe.launcher.matrix;

import static java.util.stream.Collectors.joining;

import java.util.List;

import lathe.runtime.registry.InstalledMethod;
import lathe.spi.Kind;

/**
 * Methods that are used on one model together. Pruners and quantizers are applied in their order; how the model is served does
 * not depend on the order of the others.
 *
 * @param methods the methods, at most one of each way of serving
 */
public record Combination(List<InstalledMethod> methods) {
    /** Copies the list. */
    public Combination {
        methods = List.copyOf(methods);
    }

    static Combination of(InstalledMethod... methods) {
        return new Combination(List.of(methods));
    }

    /**
     * The kinds of its methods.
     *
     * @return in the order of the methods
     */
    public List<Kind> kinds() {
        return methods.stream().map(entry -> entry.method().kind()).toList();
    }

    /**
     * Whether it has a method of a kind.
     *
     * @param kind the kind
     * @return true if it has
     */
    public boolean has(Kind kind) {
        return kinds().contains(kind);
    }

    /**
     * The methods' ids.
     *
     * @return such as {@code wanda, rtn}
     */
    public String title() {
        return methods.stream().map(InstalledMethod::id).collect(joining(", "));
    }
}
