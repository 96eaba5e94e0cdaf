package lathe.console;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

import lathe.runtime.registry.NearestNames;
import lathe.runtime.registry.PluginSource;
import lathe.runtime.registry.PluginView;
import lathe.spi.LatheException;

/**
 * Commands about bundles: {@code plugins}, {@code install}, {@code update}, {@code remove}. They change the plugins folder, so
 * that what is done here lasts; running experiments keep the revisions that they planned with.
 */
final class PluginCommands {
    private final ConsoleHost host;

    PluginCommands(ConsoleHost host) {
        this.host = requireNonNull(host, "host is null");
    }

    /** The commands about bundles. */
    List<Command> commands() {
        return List.of(
                new SimpleCommand(
                        "plugins", "List the bundles: version, state, methods, file, digest.", "plugins", this::list),
                new SimpleCommand(
                        "install FILE-OR-URL",
                        "Copy a bundle into the plugins folder; its methods can be used from the next plan on.",
                        "install target/com.acme.mymethod-1.0.0.jar",
                        this::install),
                new SimpleCommand(
                        "update BUNDLE FILE-OR-URL",
                        "Replace a bundle; experiments that run keep the one that they planned with.",
                        "update com.acme.mymethod target/com.acme.mymethod-1.1.0.jar",
                        this::update),
                new SimpleCommand(
                        "remove BUNDLE",
                        "Delete a bundle from the plugins folder; experiments that run keep it until they end.",
                        "remove com.acme.mymethod",
                        this::remove));
    }

    private void list(List<String> arguments, PrintWriter out) {
        PluginView view = host.registry().view();
        if (view.sources().isEmpty()) {
            out.println("No bundles are installed in " + host.pluginsFolder() + ".");
        }
        for (PluginSource source : view.sources()) {
            List<String> methods = view.methods().stream()
                    .filter(entry -> entry.source().equals(source))
                    .map(entry -> entry.id())
                    .distinct()
                    .toList();
            String what = source.usable() ? String.join(", ", methods) : source.problem();
            String digest = source.digest().isEmpty() ? "" : source.digest().substring(0, 12);
            out.printf("%-28s %-16s %-8s %-12s  %s%n", source.bundle(), source.version(), source.state(), digest, what);
        }
    }

    private void install(List<String> arguments, PrintWriter out) {
        String from = argument(arguments, 0, "Say which bundle: a file or a URL.");
        Path target = host.pluginsFolder().resolve(fileName(from));
        if (Files.exists(target)) {
            throw new LatheException(target + " exists already. `update` replaces a bundle, `remove` deletes it.");
        }
        copy(from, target);
        tell(out);
    }

    private void update(List<String> arguments, PrintWriter out) {
        PluginSource source = find(argument(arguments, 0, "Say which bundle, as `plugins` lists it."));
        copy(argument(arguments, 1, "Say what replaces " + source.bundle() + ": a file or a URL."), file(source));
        tell(out);
    }

    private void remove(List<String> arguments, PrintWriter out) {
        PluginSource source = find(argument(arguments, 0, "Say which bundle, as `plugins` lists it."));
        try {
            Files.delete(file(source));
        } catch (IOException failure) {
            throw new LatheException(source.location() + " cannot be deleted: " + failure.getMessage(), failure);
        }
        tell(out);
    }

    private void tell(PrintWriter out) {
        host.synchronizePlugins().forEach(out::println);
    }

    private static String argument(List<String> arguments, int index, String otherwise) {
        if (arguments.size() <= index) {
            throw new LatheException(otherwise);
        }
        return arguments.get(index);
    }

    /** A bundle by its name, or by name and version where several versions are installed. */
    private PluginSource find(String bundle) {
        List<PluginSource> sources = host.registry().view().sources();
        List<PluginSource> found = sources.stream()
                .filter(source -> source.bundle().equals(bundle) || named(source).equals(bundle))
                .toList();
        if (found.size() > 1) {
            throw new LatheException("Several bundles are called '" + bundle + "'. Say which: "
                    + String.join(", ", found.stream().map(PluginCommands::named).toList()) + ".");
        }
        return found.stream().findFirst().orElseThrow(() -> new LatheException("No bundle is called '" + bundle + "'."
                + NearestNames.hint(bundle, sources.stream().map(PluginSource::bundle).toList())));
    }

    private static String named(PluginSource source) {
        return source.bundle() + "@" + source.version();
    }

    private static Path file(PluginSource source) {
        return Path.of(source.location());
    }

    private static String fileName(String from) {
        String name = from.substring(from.lastIndexOf('/') + 1);
        if (!name.endsWith(".jar")) {
            throw new LatheException("'" + from + "' does not name a jar: a bundle is a file that ends in .jar.");
        }
        return name;
    }

    /** Copies beside the target first: the folder's watcher never sees half a jar under its name. */
    private static void copy(String from, Path target) {
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        try (InputStream in = open(from)) {
            Files.createDirectories(target.getParent());
            Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException missing) {
            throw new LatheException("There is no file '" + from + "'.", missing);
        } catch (IOException failure) {
            throw new LatheException("'" + from + "' cannot be copied to " + target + ": " + failure.getMessage(),
                    failure);
        }
    }

    private static InputStream open(String from) throws IOException {
        try {
            return from.matches("[a-z]{2,}:.*") ? URI.create(from).toURL().openStream()
                    : Files.newInputStream(Path.of(from));
        } catch (IllegalArgumentException failure) {
            throw new LatheException("'" + from + "' is neither a file nor a URL.", failure);
        }
    }
}
