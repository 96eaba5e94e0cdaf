package lathe.runtime.registry;

import static java.util.Objects.requireNonNull;

import java.util.List;

import lathe.spi.Plugin;

/**
 * One bundle (or class path entry) that brings plugins, or that was meant to and is broken.
 *
 * @param bundle   symbolic name, or the file name of a jar that is no bundle
 * @param version  the bundle's version, empty if it has none
 * @param state    its life cycle state for people: {@code active}, {@code broken}, {@code class path}
 * @param location the file that it came from
 * @param digest   SHA-256 of that file in hexadecimal digits, empty for a folder of classes
 * @param problem  why it is broken as a sentence, or null
 * @param plugins  its plugins, empty when it is broken
 */
public record PluginSource(
        String bundle,
        String version,
        String state,
        String location,
        String digest,
        String problem,
        List<Plugin> plugins) {
    /** Checks that only the problem may be absent. */
    public PluginSource {
        requireNonNull(bundle, "bundle is null");
        requireNonNull(version, "version is null");
        requireNonNull(state, "state is null");
        requireNonNull(location, "location is null");
        requireNonNull(digest, "digest is null");
        plugins = List.copyOf(plugins);
    }

    /**
     * A bundle that cannot be used.
     *
     * @param bundle   its name
     * @param version  its version or an empty string
     * @param location where it lies
     * @param digest   SHA-256 of the file, or an empty string
     * @param problem  what is wrong with it
     * @return the source, without plugins
     */
    public static PluginSource broken(
            String bundle, String version, String location, String digest, String problem) {
        requireNonNull(problem, "problem is null");
        return new PluginSource(bundle, version, "broken", location, digest, problem, List.of());
    }

    /**
     * Says whether its methods can be used.
     *
     * @return false if there is a problem
     */
    public boolean usable() {
        return problem == null;
    }

    /**
     * The same source found to be broken after all.
     *
     * @param reason what is wrong with it
     * @return a copy without plugins
     */
    public PluginSource brokenBy(String reason) {
        return broken(bundle, version, location, digest, reason);
    }
}
