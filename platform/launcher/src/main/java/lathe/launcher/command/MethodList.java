package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

import lathe.launcher.Installation;
import lathe.launcher.Platform;
import lathe.launcher.terminal.Terminal;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginSource;
import lathe.runtime.registry.PluginView;

/**
 * What {@code lathe methods} prints. Apart from its command, because loading the command line library takes longer than
 * everything that is done here: the plain {@code lathe methods} does without it.
 */
public final class MethodList {
    private MethodList() {}

    /**
     * Prints every method with its bundle, conflicts, and broken bundles with the reason.
     *
     * @param platform the started platform
     * @param terminal whether that is one, and its width
     * @param out      where the list goes
     */
    public static void print(Platform platform, Terminal terminal, PrintWriter out) {
        requireNonNull(out, "out is null");
        PluginView view = platform.registry().view();
        printMethods(view, platform.installation(), terminal.tableWidth(), out);
        printConflicts(view, out);
        printBroken(view, terminal.tableWidth(), out);
        out.flush();
    }

    private static void printMethods(PluginView view, Installation installation, int width, PrintWriter out) {
        List<InstalledMethod> methods = view.methods();
        if (methods.isEmpty()) {
            out.println("No methods are installed in " + installation.plugins() + ".");
            return;
        }
        TextTable table = new TextTable("method", "kind", "bundle", "version", "state", "what it does");
        methods.forEach(entry -> table.row(
                entry.id(),
                entry.method().kind().label(),
                entry.source().bundle(),
                entry.source().version(),
                entry.source().state(),
                entry.method().summary()));
        table.print(out, width);
    }

    private static void printConflicts(PluginView view, PrintWriter out) {
        for (InstalledMethod chosen : view.methods()) {
            List<InstalledMethod> candidates = view.candidates(chosen.id()).stream()
                    .filter(entry -> entry.method().kind() == chosen.method().kind())
                    .toList();
            if (candidates.size() > 1) {
                List<String> others = new ArrayList<>();
                candidates.subList(1, candidates.size())
                        .forEach(other -> others.add(other.source().bundle() + "@" + other.source().version()));
                out.println();
                out.println("Conflict: " + chosen.id() + " also comes with " + String.join(", ", others) + "; "
                        + chosen.source().bundle() + "@" + chosen.source().version()
                        + " is used. bundle = ... and version = ... beside the method's parameters choose another.");
            }
        }
    }

    private static void printBroken(PluginView view, int width, PrintWriter out) {
        List<PluginSource> broken = view.sources().stream().filter(source -> !source.usable()).toList();
        if (broken.isEmpty()) {
            return;
        }
        out.println();
        TextTable table = new TextTable("bundle", "version", "state", "reason");
        broken.forEach(source -> table.row(source.bundle(), source.version(), source.state(), source.problem()));
        table.print(out, width);
    }
}
