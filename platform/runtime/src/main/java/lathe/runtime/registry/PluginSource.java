package lathe.runtime.registry;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.Supplier;

import lathe.spi.Plugin;

/** One bundle (or class path entry) that brings plugins, or that was meant to and is broken. Two are equal if they are one. */
public final class PluginSource {
    private final String bundle;
    private final String version;
    private final String state;
    private final String location;
    private final Supplier<String> digest;
    private final String problem;
    private final List<Plugin> plugins;

    /**
     * @param bundle   symbolic name, or the file name of a jar that is no bundle
     * @param version  the bundle's version, empty if it has none
     * @param state    its life cycle state for people: {@code active}, {@code broken}, {@code class path}
     * @param location the file that it came from
     * @param digest   SHA-256 of that file in hexadecimal digits, empty for a folder of classes; asked when it is needed,
     *                 because most commands need none, and computing those of all bundles is a tenth of a start
     * @param problem  why it is broken as a sentence, or null
     * @param plugins  its plugins, empty when it is broken
     */
    public PluginSource(String bundle, String version, String state, String location, Supplier<String> digest,
            String problem, List<Plugin> plugins) {
        this.bundle = requireNonNull(bundle, "bundle is null");
        this.version = requireNonNull(version, "version is null");
        this.state = requireNonNull(state, "state is null");
        this.location = requireNonNull(location, "location is null");
        this.digest = requireNonNull(digest, "digest is null");
        this.problem = problem;
        this.plugins = List.copyOf(plugins);
    }

    /**
     * A source whose digest is known.
     *
     * @param bundle   symbolic name, or the file name of a jar that is no bundle
     * @param version  the bundle's version, empty if it has none
     * @param state    its life cycle state for people
     * @param location the file that it came from
     * @param digest   SHA-256 of that file in hexadecimal digits, empty for a folder of classes
     * @param problem  why it is broken as a sentence, or null
     * @param plugins  its plugins, empty when it is broken
     */
    public PluginSource(String bundle, String version, String state, String location, String digest, String problem,
            List<Plugin> plugins) {
        this(bundle, version, state, location, () -> digest, problem, plugins);
        requireNonNull(digest, "digest is null");
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
        requireNonNull(reason, "reason is null");
        return new PluginSource(bundle, version, "broken", location, digest, reason, List.of());
    }

    /**
     * Its name.
     *
     * @return symbolic name, or the file name of a jar that is no bundle
     */
    public String bundle() {
        return bundle;
    }

    /**
     * Its version.
     *
     * @return the bundle's version, empty if it has none
     */
    public String version() {
        return version;
    }

    /**
     * Its state in its life.
     *
     * @return {@code active}, {@code broken}, {@code class path}
     */
    public String state() {
        return state;
    }

    /**
     * Where it came from.
     *
     * @return the file
     */
    public String location() {
        return location;
    }

    /**
     * What it holds.
     *
     * @return SHA-256 of its file in hexadecimal digits, empty for a folder of classes
     */
    public String digest() {
        return digest.get();
    }

    /**
     * Why it is broken.
     *
     * @return a sentence, null if it is not
     */
    public String problem() {
        return problem;
    }

    /**
     * What it brings.
     *
     * @return its plugins, none when it is broken
     */
    public List<Plugin> plugins() {
        return plugins;
    }

    @Override
    public String toString() {
        return bundle + " " + version + " (" + state + ")";
    }
}
