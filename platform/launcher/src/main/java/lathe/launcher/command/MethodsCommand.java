package lathe.launcher.command;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import lathe.launcher.Installation;
import lathe.launcher.Platform;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginSource;
import lathe.runtime.registry.PluginView;

/** {@code lathe methods}: every installed method with its bundle, and every bundle that is broken with the reason. */
@Command(name = "methods", description = "List the installed methods: id, kind, bundle, version, state. Broken bundles follow with the reason.")
final class MethodsCommand implements Runnable {
    private final Installation installation;

    @Spec
    private CommandSpec spec;

    MethodsCommand(Installation installation) {
        this.installation = installation;
    }

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        try (Platform platform = Platform.start(installation)) {
            print(platform.registry().view(), out);
        }
    }

    private void print(PluginView view, PrintWriter out) {
        List<InstalledMethod> methods = view.methods();
        if (methods.isEmpty()) {
            out.println("No methods are installed in " + installation.plugins() + ".");
        } else {
            TextTable table = new TextTable("method", "kind", "bundle", "version", "state", "what it does");
            methods.forEach(entry -> table.row(
                    entry.id(),
                    entry.method().kind().label(),
                    entry.source().bundle(),
                    entry.source().version(),
                    entry.source().state(),
                    entry.method().summary()));
            table.print(out);
        }
        printConflicts(view, out);
        printBroken(view, out);
    }

    private static void printConflicts(PluginView view, PrintWriter out) {
        for (InstalledMethod chosen : view.methods()) {
            List<InstalledMethod> candidates = view.candidates(chosen.id());
            if (candidates.size() > 1) {
                List<String> others = new ArrayList<>();
                candidates.subList(1, candidates.size())
                        .forEach(other -> others.add(other.source().bundle() + "@" + other.source().version()));
                out.println();
                out.println("Conflict: " + chosen.id() + " also comes with " + String.join(", ", others) + "; "
                        + chosen.source().bundle() + "@" + chosen.source().version() + " is used.");
            }
        }
    }

    private static void printBroken(PluginView view, PrintWriter out) {
        List<PluginSource> broken = view.sources().stream().filter(source -> !source.usable()).toList();
        if (broken.isEmpty()) {
            return;
        }
        out.println();
        TextTable table = new TextTable("bundle", "version", "state", "reason");
        broken.forEach(source -> table.row(source.bundle(), source.version(), source.state(), source.problem()));
        table.print(out);
    }
}
