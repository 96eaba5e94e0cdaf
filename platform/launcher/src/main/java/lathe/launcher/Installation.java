package lathe.launcher;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * The folder that Lathe was unpacked to or built in.
 *
 * @param home    the distribution: {@code lib}, {@code plugins}, {@code configs}, {@code native}
 * @param plugins the folder whose jars are installed as bundles
 */
public record Installation(Path home, Path plugins) {
    /** Checks that both are there. */
    public Installation {
        requireNonNull(home, "home is null");
        requireNonNull(plugins, "plugins is null");
    }

    /**
     * The installation that the start script names by {@code -Dlathe.home}; {@code -Dlathe.plugins} names another plugins
     * folder.
     *
     * @return the installation, the current directory if nothing is named
     */
    public static Installation fromSystemProperties() {
        Path home = Path.of(System.getProperty("lathe.home", ".")).toAbsolutePath().normalize();
        String plugins = System.getProperty("lathe.plugins");
        return new Installation(
                home,
                plugins == null || plugins.isBlank()
                        ? home.resolve("plugins")
                        : Path.of(plugins).toAbsolutePath());
    }
}
