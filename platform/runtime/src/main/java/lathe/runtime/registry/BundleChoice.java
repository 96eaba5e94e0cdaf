package lathe.runtime.registry;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;

import lathe.spi.LatheException;

/**
 * Which of several bundles a method is taken from, where an experiment says so beside the method's parameters:
 * {@code bundle = "com.acme.wanda"}, {@code version = "[1.0,2)"}, or both.
 *
 * @param bundle  symbolic name, empty for any
 * @param version its version, empty for any
 */
public record BundleChoice(Optional<String> bundle, Optional<VersionRange> version) {
    /** The keys of a choice; no method has parameters of these names. */
    public static final Set<String> KEYS = Set.of("bundle", "version");
    /** Any bundle. */
    public static final BundleChoice ANY = new BundleChoice(Optional.empty(), Optional.empty());

    /** Checks that both are there. */
    public BundleChoice {
        requireNonNull(bundle, "bundle is null");
        requireNonNull(version, "version is null");
    }

    /**
     * Reads the choice that stands beside a method's parameters.
     *
     * @param object the object
     * @return the choice, {@link #ANY} if it has neither key
     * @throws LatheException if a value is no name or no version
     */
    public static BundleChoice of(ConfigObject object) {
        if (!object.containsKey("bundle") && !object.containsKey("version")) {
            return ANY;
        }
        Config config = object.toConfig();
        Optional<String> bundle = text(config, "bundle", "the name of a bundle, such as \"com.acme.wanda\"");
        String right = "a version such as \"1.2.0\" or a range such as \"[1.0,2)\", in quotes";
        Optional<VersionRange> version = text(config, "version", right)
                .map(text -> VersionRange.parse(text).orElseThrow(
                        () -> new LatheException("version must be " + right + ", not '" + text + "'.")));
        return new BundleChoice(bundle, version);
    }

    private static Optional<String> text(Config config, String key, String right) {
        try {
            return config.hasPath(key) ? Optional.of(config.getString(key)) : Optional.empty();
        } catch (ConfigException.WrongType other) {
            throw new LatheException(key + " must be " + right + ".", other);
        }
    }

    /**
     * Whether a method is from a wanted bundle.
     *
     * @param method an installed method
     * @return true if it is
     */
    public boolean accepts(InstalledMethod method) {
        return bundle.map(method.source().bundle()::equals).orElse(true)
                && version.map(range -> range.contains(method.source().version())).orElse(true);
    }

    /**
     * Why none of the installed bundles is wanted.
     *
     * @param id     the method
     * @param others those that bring it
     * @return a sentence
     */
    String nobody(String id, List<InstalledMethod> others) {
        String wanted = bundle.map(name -> "the bundle '" + name + "'").orElse("a bundle")
                + version.map(range -> " of version " + range).orElse("");
        List<String> names = others.stream().map(other -> other.source().bundle()).distinct().toList();
        return "The method '" + id + "' is not in " + wanted + "."
                + bundle.map(name -> NearestNames.hint(name, names)).orElse("") + " It comes with "
                + others.stream().map(other -> other.source().bundle() + " " + other.source().version())
                        .collect(joining(", "))
                + ".";
    }
}
