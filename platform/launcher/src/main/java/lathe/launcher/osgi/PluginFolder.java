package lathe.launcher.osgi;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.registry.PluginSource;
import lathe.spi.LatheException;

/** Installs the jars of the plugins folder and tells the registry what came of each. */
public final class PluginFolder {
    private final OsgiFramework framework;
    private final PluginRegistry registry;

    /**
     * @param framework where bundles are installed
     * @param registry  what is told of them
     */
    public PluginFolder(OsgiFramework framework, PluginRegistry registry) {
        this.framework = requireNonNull(framework, "framework is null");
        this.registry = requireNonNull(registry, "registry is null");
    }

    /**
     * Installs every jar of a folder, then starts them: bundles may import each other's packages in any order. A jar that
     * cannot be used is added to the registry with its problem.
     *
     * @param folder the plugins folder; one that does not exist has no plugins
     * @throws LatheException if the folder cannot be listed
     */
    public void installAll(Path folder) {
        Map<PluginJar, Bundle> installed = new LinkedHashMap<>();
        for (Path file : jars(folder)) {
            PluginJar jar = PluginJar.read(file);
            if (jar.problem().isPresent()) {
                registry.add(broken(jar, jar.problem().get()));
            } else {
                install(jar, installed);
            }
        }
        installed.forEach((jar, bundle) -> registry.add(started(jar, bundle)));
    }

    private void install(PluginJar jar, Map<PluginJar, Bundle> installed) {
        try {
            installed.put(jar, framework.install(jar.location(), jar.file()));
        } catch (BundleException | IOException failure) {
            registry.add(broken(jar, "The framework does not take it: " + failure.getMessage()));
        }
    }

    private static PluginSource started(PluginJar jar, Bundle bundle) {
        try {
            return new PluginSource(
                    jar.bundle(),
                    jar.version(),
                    "active",
                    jar.file().toString(),
                    jar.digest(),
                    null,
                    PluginExtender.start(bundle));
        } catch (PluginExtender.BrokenBundle failure) {
            return broken(jar, failure.getMessage());
        }
    }

    private static PluginSource broken(PluginJar jar, String problem) {
        return PluginSource.broken(jar.bundle(), jar.version(), jar.file().toString(), jar.digest(), problem);
    }

    private static List<Path> jars(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".jar")).sorted().toList();
        } catch (IOException failure) {
            throw new LatheException("The plugins folder " + folder + " cannot be listed: " + failure.getMessage(),
                    failure);
        }
    }
}
