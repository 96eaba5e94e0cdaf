package lathe.launcher;

import static java.util.Objects.requireNonNull;

import lathe.launcher.osgi.OsgiFramework;
import lathe.launcher.osgi.PluginFolder;
import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.run.LatheRunner;

/** A started installation: the OSGi framework with the plugins of the installation in a registry. */
public final class Platform implements AutoCloseable {
    private final Installation installation;
    private final OsgiFramework framework;
    private final PluginRegistry registry;
    private final PluginFolder plugins;
    private LatheRunner runner;

    private Platform(
            Installation installation, OsgiFramework framework, PluginRegistry registry, PluginFolder plugins) {
        this.installation = installation;
        this.framework = framework;
        this.registry = registry;
        this.plugins = plugins;
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
            PluginFolder plugins = new PluginFolder(framework, registry, installation.plugins());
            plugins.synchronize();
            return new Platform(installation, framework, registry, plugins);
        } catch (RuntimeException | Error failure) {
            framework.close();
            throw failure;
        }
    }

    /**
     * Runs experiments with the installed methods. Made when it is first asked for: commands that compute nothing load no
     * native library.
     *
     * @return the runner of this platform
     */
    public synchronized LatheRunner runner() {
        if (runner == null) {
            runner = LatheRunner.of(registry);
        }
        return runner;
    }

    /**
     * The folder that was started.
     *
     * @return where plugins and configurations lie
     */
    public Installation installation() {
        return installation;
    }

    /**
     * The installed methods.
     *
     * @return the registry
     */
    public PluginRegistry registry() {
        return registry;
    }

    /**
     * The folder that the methods come from.
     *
     * @return the plugins folder, as it was when it was last read
     */
    public PluginFolder plugins() {
        return plugins;
    }

    /** Ends the platform in a process that ends now: bundles that want to hear of it do, everything else is left as it is. */
    void closeBeforeExit() {
        if (plugins.activated()) {
            framework.close();
        } else {
            framework.abandon();
        }
    }

    /** Stops the framework. */
    @Override
    public void close() {
        framework.close();
    }
}
