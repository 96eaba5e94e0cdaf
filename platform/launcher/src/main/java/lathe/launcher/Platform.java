package lathe.launcher;

import static java.util.Objects.requireNonNull;

import lathe.launcher.osgi.OsgiFramework;
import lathe.launcher.osgi.PluginFolder;
import lathe.runtime.registry.PluginRegistry;

/** A started installation: the OSGi framework with the plugins of the installation in a registry. */
public final class Platform implements AutoCloseable {
    private final OsgiFramework framework;
    private final PluginRegistry registry;

    private Platform(OsgiFramework framework, PluginRegistry registry) {
        this.framework = framework;
        this.registry = registry;
    }

    /**
     * Starts the framework and installs every plugin.
     *
     * @param installation where the plugins lie
     * @return the platform, to be closed
     */
    public static Platform start(Installation installation) {
        requireNonNull(installation, "installation is null");
        OsgiFramework framework = OsgiFramework.start();
        try {
            PluginRegistry registry = new PluginRegistry();
            new PluginFolder(framework, registry).installAll(installation.plugins());
            return new Platform(framework, registry);
        } catch (RuntimeException | Error failure) {
            framework.close();
            throw failure;
        }
    }

    /**
     * The installed methods.
     *
     * @return the registry
     */
    public PluginRegistry registry() {
        return registry;
    }

    /** Stops the framework. */
    @Override
    public void close() {
        framework.close();
    }
}
