package lathe.launcher.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import lathe.launcher.ExitCode;
import lathe.launcher.Platform;
import lathe.launcher.Platforms;
import lathe.launcher.terminal.Terminal;
import lathe.models.checkpoint.AtomicFile;
import lathe.report.GraphDrawing;
import lathe.report.GraphNode;
import lathe.runtime.config.Places;
import lathe.runtime.run.PlanResult;
import lathe.runtime.run.ProgressListener;

/** {@code lathe graph FILE}: the graph of an experiment as text or as a drawing. */
@Command(name = "graph", description = "Show the graph of an experiment: every node with what it takes, or as a drawing.")
final class GraphCommand implements Callable<Integer> {
    private final Platforms platforms;
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ExperimentOptions experiment;

    @Option(names = "--svg", paramLabel = "FILE", description = "Draw it into an SVG file.")
    private Path svg;

    GraphCommand(Platforms platforms, Terminal terminal) {
        this.platforms = platforms;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        AtomicInteger code = new AtomicInteger();
        platforms.use(platform -> code.set(show(platform)));
        return code.get();
    }

    private int show(Platform platform) {
        PlanResult plan = platform.runner().check(experiment.file(), experiment.options("", ProgressListener.NONE));
        if (!plan.ok()) {
            PrintWriter err = spec.commandLine().getErr();
            plan.problems().forEach(err::println);
            err.flush();
            return ExitCode.WRONG_INPUT;
        }
        List<GraphNode> graph = PlanGraph.of(plan.nodes());
        PrintWriter out = spec.commandLine().getOut();
        if (svg == null) {
            print(plan, graph, out);
        } else {
            write(GraphDrawing.svg(plan.name(), graph));
            out.println(graph.size() + " nodes drawn: " + Places.shown(svg));
        }
        out.flush();
        return ExitCode.DONE;
    }

    private void print(PlanResult plan, List<GraphNode> graph, PrintWriter out) {
        out.println(plan.name());
        out.println();
        TextTable table = new TextTable("node", "does", "with", "takes", "");
        graph.forEach(node -> table.row(node.name(), node.verb(), node.detail(), String.join(", ", node.inputs()),
                node.note()));
        table.print(out, terminal.tableWidth());
    }

    private void write(String drawing) {
        AtomicFile.write(svg, channel -> write(channel, StandardCharsets.UTF_8.encode(drawing)));
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
