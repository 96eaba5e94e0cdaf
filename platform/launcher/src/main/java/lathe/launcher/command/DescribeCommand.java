package lathe.launcher.command;

import java.io.PrintWriter;
import java.util.List;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import lathe.launcher.Platforms;
import lathe.launcher.terminal.Terminal;
import lathe.runtime.describe.Example;
import lathe.runtime.describe.Parameter;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginView;
import lathe.spi.LatheException;
import lathe.spi.Method;

/** {@code lathe describe METHOD}: what one method does, its parameters, its paper, an example. */
@Command(name = "describe", description = "Show one method: its parameters with type, default, range and meaning, its paper, and an example.")
final class DescribeCommand implements Runnable {
    private final Platforms platforms;
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "METHOD", description = "The id of a method, as `lathe methods` lists it.")
    private String id;

    @Option(names = "--bundle", paramLabel = "NAME", description = "The bundle to take it from when several offer it: its name, or name@version.")
    private String bundle;

    DescribeCommand(Platforms platforms, Terminal terminal) {
        this.terminal = terminal;
        this.platforms = platforms;
    }

    @Override
    public void run() {
        platforms.use(platform -> print(platform.registry().view()));
    }

    private void print(PluginView view) {
        PrintWriter out = spec.commandLine().getOut();
        String gap = "";
        for (InstalledMethod entry : asked(view)) {
            out.print(gap);
            print(entry, out);
            gap = System.lineSeparator();
        }
        out.flush();
    }

    /** One method, or one a kind where methods of several kinds share the id. */
    private List<InstalledMethod> asked(PluginView view) {
        view.require(id);
        if (bundle == null) {
            return view.methods().stream().filter(entry -> entry.id().equals(id)).toList();
        }
        List<String> offering = view.candidates(id).stream()
                .map(entry -> entry.source().bundle() + "@" + entry.source().version())
                .distinct()
                .toList();
        return List.of(view.find(id, bundle)
                .orElseThrow(() -> new LatheException("The bundle '" + bundle + "' brings no method '" + id
                        + "'. It comes with " + String.join(", ", offering) + ".")));
    }

    private void print(InstalledMethod entry, PrintWriter out) {
        Method<?> method = entry.method();
        out.println(method.id() + " (" + method.kind().label() + "), from " + entry.source().bundle() + " "
                + entry.source().version());
        if (!method.summary().isEmpty()) {
            out.println(method.summary());
        }
        method.citation()
                .ifPresent(citation -> out.println("Paper: " + citation.title() + ", " + citation.reference()));
        out.println();
        printParameters(lathe.runtime.describe.Parameters.of(method.configType()), out);
        out.println();
        out.println("Example of a graph node:");
        out.println("  " + Example.of(method));
    }

    private void printParameters(List<Parameter> parameters, PrintWriter out) {
        if (parameters.isEmpty()) {
            out.println("It has no parameters.");
            return;
        }
        TextTable table = new TextTable("parameter", "type", "default", "range", "meaning");
        parameters.forEach(parameter -> table.row(
                parameter.name(),
                parameter.type(),
                parameter.standard().orElse(parameter.required() ? "(must be given)" : "(none)"),
                parameter.range().orElse(""),
                parameter.meaning()));
        table.print(out, terminal.tableWidth());
    }
}
