package lathe.runtime.registry;

import static java.util.Objects.requireNonNull;

import lathe.spi.Method;

/**
 * A method and the bundle that brings it.
 *
 * @param method the method
 * @param source its bundle
 */
public record InstalledMethod(Method<?> method, PluginSource source) {
    /** Checks that both are there. */
    public InstalledMethod {
        requireNonNull(method, "method is null");
        requireNonNull(source, "source is null");
    }

    /**
     * The method's name in HOCON.
     *
     * @return the id
     */
    public String id() {
        return method.id();
    }
}
