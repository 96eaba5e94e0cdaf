package lathe.runtime.registry;

import static java.util.Objects.requireNonNull;

import java.security.CodeSource;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Spliterator;

import lathe.spi.Plugin;

/** Finds plugins on a plain class path through {@link ServiceLoader}: unit tests and embedding in other programs. */
public final class ClassPathPlugins {
    private ClassPathPlugins() {}

    /**
     * Adds every plugin that a class loader sees. One that cannot be made is added as broken.
     *
     * @param registry where they go
     * @param loader   the class loader
     */
    public static void addTo(PluginRegistry registry, ClassLoader loader) {
        requireNonNull(registry, "registry is null");
        requireNonNull(loader, "loader is null");
        Spliterator<ServiceLoader.Provider<Plugin>> providers = ServiceLoader.load(Plugin.class, loader).stream()
                .spliterator();
        boolean more = true;
        while (more) {
            try {
                more = providers.tryAdvance(provider -> registry.add(source(provider)));
            } catch (ServiceConfigurationError failure) {
                registry.add(PluginSource.broken("class path", "", "", "", failure.getMessage()));
            }
        }
    }

    private static PluginSource source(ServiceLoader.Provider<Plugin> provider) {
        Class<? extends Plugin> type = provider.type();
        String location = location(type);
        String name = name(location, type);
        String version = type.getPackage().getImplementationVersion();
        try {
            return new PluginSource(
                    name, version == null ? "" : version, "class path", location, "", null, List.of(provider.get()));
        } catch (ServiceConfigurationError failure) {
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            return PluginSource.broken(
                    name, "", location, "", "Its plugin " + type.getName() + " cannot be made: " + cause);
        }
    }

    private static String location(Class<?> type) {
        CodeSource code = type.getProtectionDomain().getCodeSource();
        return code == null || code.getLocation() == null ? "" : code.getLocation().toString();
    }

    private static String name(String location, Class<?> type) {
        boolean jar = location.endsWith(".jar");
        return jar ? location.substring(location.lastIndexOf('/') + 1) : type.getPackageName();
    }
}
