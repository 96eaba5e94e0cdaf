package lathe.runtime.run;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.report.HeatMap;
import lathe.report.NodeRow;
import lathe.report.NodeStatus;
import lathe.report.ResultRow;
import lathe.report.RunReport;
import lathe.report.RunSummary;
import lathe.runtime.config.Places;
import lathe.runtime.graph.Node;
import lathe.runtime.graph.Plan;
import lathe.runtime.graph.Settings;
import lathe.runtime.graph.Task;
import lathe.spi.graph.Measurement;

/** Turns what tasks left into a report. */
final class ReportMaker {
    /** More are more than anyone looks at. */
    private static final int MOST_MAPS = 16;

    private final Plan plan;
    private final Map<String, Object> lineage;

    ReportMaker(Plan plan, Map<String, Object> lineage) {
        this.plan = plan;
        this.lineage = lineage;
    }

    RunReport make(List<TaskResult> results, List<String> notes, Instant started, double seconds, String command) {
        List<String> warnings = new ArrayList<>();
        results.stream().filter(result -> result.status() == NodeStatus.FAILED).forEach(
                result -> warnings.add(result.task().title() + " failed: " + result.error()));
        if (results.stream().anyMatch(result -> result.status() == NodeStatus.INTERRUPTED)) {
            warnings.add("The run was interrupted: run the same file again to go on.");
        }
        warnings.addAll(notes);
        RunSummary summary = new RunSummary(
                plan.name(), plan.description(), started, seconds, facts(command), lineage);
        return new RunReport(summary, nodes(results), rows(results), plan.plots(), maps(results), warnings);
    }

    /** Maps of every subject once: of the first seed and sweep point that it was judged at. */
    private static List<HeatMap> maps(List<TaskResult> results) {
        Map<String, HeatMap> maps = new LinkedHashMap<>();
        results.forEach(result -> result.maps().forEach(map -> maps.putIfAbsent(map.title() + "/" + map.node(), map)));
        return maps.values().stream().limit(MOST_MAPS).toList();
    }

    private Map<String, String> facts(String command) {
        Map<String, String> facts = new LinkedHashMap<>();
        Set<String> models = new LinkedHashSet<>();
        Set<String> texts = new LinkedHashSet<>();
        for (Node node : plan.nodes()) {
            node.settings().files().forEach((key, file) -> (node.settings() instanceof Settings.Load ? models : texts)
                    .add(Places.shown(file) + (key.equals("calibration") ? " (calibration)" : "")));
        }
        facts.put("model", String.join(", ", models));
        facts.put("data", String.join(", ", texts));
        facts.put("machine", String.valueOf(lineage.get("engine")));
        facts.put("experiment", Places.shown(plan.file()));
        if (!command.isEmpty()) {
            facts.put("command", command);
        }
        facts.values().removeIf(String::isEmpty);
        return facts;
    }

    /** One row a node and sweep point; of a node that judges, one in all. */
    private List<NodeRow> nodes(List<TaskResult> results) {
        Map<String, List<TaskResult>> grouped = new LinkedHashMap<>();
        for (Node node : plan.nodes()) {
            results.stream().filter(result -> result.task().node().name().equals(node.name())).forEach(
                    result -> grouped.computeIfAbsent(key(result.task()), key -> new ArrayList<>()).add(result));
        }
        Map<String, List<HeatMap>> notes = notes(results);
        return grouped.values().stream().map(parts -> node(parts)
                .with(notes.getOrDefault(parts.getFirst().task().id(), List.of()))).toList();
    }

    /** What methods noted, by the task that made what they worked on or served. */
    private static Map<String, List<HeatMap>> notes(List<TaskResult> results) {
        Map<String, List<HeatMap>> notes = new LinkedHashMap<>();
        results.stream().filter(result -> !result.notes().isEmpty()).forEach(result -> notes.putIfAbsent(
                result.task().subject().isPresent() ? result.task().works().getFirst() : result.task().id(),
                result.notes()));
        return notes;
    }

    private static String key(Task task) {
        return task.node().verb().judges() ? task.node().name() : task.id();
    }

    private static NodeRow node(List<TaskResult> parts) {
        Task first = parts.getFirst().task();
        NodeStatus status = NodeStatus.CACHED;
        String error = null;
        double seconds = 0;
        for (TaskResult part : parts) {
            status = worse(status, part.status());
            seconds += part.seconds();
            boolean told = error != null || part.error() == null;
            error = told ? error
                    : part.task().subject().map(subject -> subject + ": ").orElse("") + part.error();
        }
        boolean judges = first.node().verb().judges();
        return new NodeRow(first.node().name(), first.node().verb().key(), first.node().method(), status, seconds,
                judges ? "" : first.address(), error, first.node().where(), first.node().inputs(),
                judges ? Map.of() : first.point(), first.node().values());
    }

    private static NodeStatus worse(NodeStatus one, NodeStatus other) {
        List<NodeStatus> order = List.of(
                NodeStatus.CACHED, NodeStatus.DONE, NodeStatus.SKIPPED, NodeStatus.INTERRUPTED, NodeStatus.FAILED);
        return order.indexOf(one) >= order.indexOf(other) ? one : other;
    }

    private static List<ResultRow> rows(List<TaskResult> results) {
        List<ResultRow> rows = new ArrayList<>();
        for (TaskResult result : results) {
            Task task = result.task();
            for (Measurement measured : result.measurements()) {
                rows.add(new ResultRow(task.node().name(), task.subject().orElse(task.node().name()), measured.metric(),
                        measured.protocol(), measured.value(), measured.unit(), measured.low().orElse(null),
                        measured.high().orElse(null), task.point(), task.seed()));
            }
        }
        return rows;
    }
}
