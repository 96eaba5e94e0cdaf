package lathe.launcher.command;

import static java.util.stream.Collectors.joining;

import java.io.PrintWriter;
import java.util.Map;

import lathe.launcher.ExitCode;
import lathe.launcher.Platform;
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
        TextTable table = new TextTable("node", "does", "takes", "point", "state");
        for (PlannedNode node : plan.nodes()) {
            table.row(
                    node.name(),
                    (node.verb() + " " + node.method()).strip(),
                    taken(node),
                    point(node.point()),
                    node.cached() ? "cached" : node.reason());
        }
        out.println(plan.name() + ": " + plan.nodes().size() + " nodes would be run");
        out.println();
        table.print(out);
        out.flush();
        return ExitCode.DONE;
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
