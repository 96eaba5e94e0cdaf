package lathe.launcher.osgi;

import static java.util.stream.Collectors.joining;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

import lathe.spi.Plugin;

/** Starts bundles and makes the plugins that they name in {@code META-INF/services/lathe.spi.Plugin}. */
final class PluginExtender {
    private static final Pattern UNRESOLVED_IMPORT = Pattern.compile(
            "Unresolved requirement: Import-Package: ([\\w.]+)(?:; *version=\"([^\"]*)\")?");

    private PluginExtender() {}

    /** Why a bundle is of no use, as a sentence. */
    static final class BrokenBundle extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenBundle(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }

    /** Starts a bundle and makes its plugins, whose classes were named in its {@link PluginJar#SERVICE_FILE}. */
    static List<Plugin> start(Bundle bundle, List<String> names) throws BrokenBundle {
        try {
            bundle.start();
        } catch (BundleException failure) {
            throw new BrokenBundle(reason(failure), failure);
        }
        List<Plugin> plugins = new ArrayList<>();
        for (String name : names) {
            plugins.add(make(bundle, name));
        }
        return plugins;
    }

    private static Plugin make(Bundle bundle, String name) throws BrokenBundle {
        try {
            Class<?> type = bundle.loadClass(name);
            if (!Plugin.class.isAssignableFrom(type)) {
                throw new BrokenBundle(
                        "The class " + name + " is no lathe.spi.Plugin. Either it does not implement it, "
                                + "or the bundle carries a copy of lathe.spi instead of importing it.",
                        null);
            }
            return (Plugin) type.getConstructor().newInstance();
        } catch (ClassNotFoundException failure) {
            throw new BrokenBundle("It names the plugin class " + name + ", which is not in it.", failure);
        } catch (NoSuchMethodException failure) {
            throw new BrokenBundle("Its plugin class " + name + " has no public constructor without parameters.",
                    failure);
        } catch (InvocationTargetException failure) {
            throw new BrokenBundle("The constructor of " + name + " failed: " + failure.getCause() + ".", failure);
        } catch (ReflectiveOperationException | LinkageError failure) {
            throw new BrokenBundle("Its plugin class " + name + " cannot be made: " + failure + ".", failure);
        }
    }

    private static String reason(BundleException failure) {
        String message = String.valueOf(failure.getMessage());
        Matcher imports = UNRESOLVED_IMPORT.matcher(message);
        String missing = imports.results()
                .map(found -> found.group(1) + (found.group(2) == null ? "" : " (version " + found.group(2) + ")"))
                .distinct()
                .collect(joining(", "));
        return missing.isEmpty()
                ? "It does not start: " + message.replaceAll("\\s+", " ").trim()
                : "It imports a package that neither the SPI nor an installed bundle exports: " + missing + ".";
    }
}
