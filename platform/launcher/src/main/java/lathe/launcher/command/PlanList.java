package lathe.launcher.command;

import static java.util.stream.Collectors.joining;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import lathe.launcher.ExitCode;
import lathe.launcher.Platform;
import lathe.runtime.graph.ByteSize;
import lathe.runtime.price.Price;
import lathe.runtime.run.PlanResult;
import lathe.runtime.run.PlannedNode;
import lathe.runtime.run.ProgressListener;

/** Prints what a check found. */
final class PlanList {
    private PlanList() {}

    /** Checks an experiment and prints its plan, or its problems as errors. */
    static int check(Platform platform, ExperimentOptions experiment, PrintWriter out, PrintWriter err) {
        PlanResult plan = platform.runner().check(experiment.file(), experiment.options("", ProgressListener.NONE));
        if (!plan.ok()) {
            plan.problems().forEach(err::println);
            err.flush();
            return ExitCode.WRONG_INPUT;
        }
        TextTable table = new TextTable("node", "does", "takes", "point", "memory", "disk", "time", "state");
        for (PlannedNode node : plan.nodes()) {
            table.row(
                    node.name(),
                    (node.verb() + " " + node.method()).strip(),
                    taken(node),
                    point(node.point()),
                    node.price().map(price -> ByteSize.shown(price.memory())).orElse("?"),
                    node.price().map(price -> ByteSize.shown(price.disk())).orElse("?"),
                    node.price().map(price -> seconds(price.seconds())).orElse("?"),
                    node.cached() ? "cached" : node.reason());
        }
        out.println(plan.name() + ": " + plan.nodes().size() + " nodes would be run");
        out.println();
        table.print(out);
        out.println();
        out.println(total(plan.nodes()));
        out.flush();
        plan.misfits().forEach(err::println);
        err.flush();
        return plan.misfits().isEmpty() ? ExitCode.DONE : ExitCode.WRONG_INPUT;
    }

    /** What is expected of all that is not there yet. */
    private static String total(List<PlannedNode> nodes) {
        List<Price> prices = nodes.stream().filter(node -> !node.cached()).flatMap(node -> node.price().stream())
                .toList();
        long memory = prices.stream().mapToLong(Price::memory).max().orElse(0);
        long disk = prices.stream().mapToLong(Price::disk).sum();
        double time = prices.stream().mapToDouble(Price::seconds).sum();
        return "Expected of what is not stored yet: at most " + ByteSize.shown(memory) + " of memory at a time, "
                + ByteSize.shown(disk) + " on disk, " + seconds(time) + ".";
    }

    private static String seconds(double seconds) {
        if (seconds < 60) {
            return String.format(Locale.ROOT, seconds < 1 ? "%.2f s" : "%.0f s", seconds);
        }
        return seconds < 3600
                ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
                : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
    }

    /** A node that judges several subjects is listed once a subject, which then stands in its name. */
    private static String taken(PlannedNode node) {
        int colon = node.name().indexOf(": ");
        return colon < 0 ? String.join(", ", node.inputs()) : node.name().substring(colon + 2);
    }

    private static String point(Map<String, Object> point) {
        return point.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + " = " + entry.getValue())
                .collect(joining(", "));
    }
}
