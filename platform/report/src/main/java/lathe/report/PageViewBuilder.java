package lathe.report;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import lathe.report.PageView.ChartFrame;
import lathe.report.PageView.Fact;
import lathe.report.PageView.Failure;
import lathe.report.PageView.Link;
import lathe.report.PageView.NodeView;

/**
 * Turns a run into what its page shows.
 */
final class PageViewBuilder {
    private static final DateTimeFormatter MINUTE = DateTimeFormatter
            .ofPattern("d MMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    private static final int PLOT_HEIGHT = 380;
    private static final int BAR_HEIGHT = 30;
    private static final int CELL_HEIGHT = 30;
    private static final int HIGHEST_MAP = 640;

    private final RunReport report;
    private final Comparison table;
    private final Anchors anchors;

    /**
     * @param report the run
     */
    PageViewBuilder(RunReport report) {
        this.report = report;
        table = ComparisonBuilder.of(report);
        anchors = new Anchors(report.nodes());
    }

    /**
     * @return the page's contents
     */
    PageView build() {
        ChartChooser chooser = new ChartChooser(report, table, anchors);
        List<Chart> models = chooser.choose();
        List<String> warnings = new ArrayList<>(report.warnings());
        warnings.addAll(chooser.remarks());
        TableViewBuilder tables = new TableViewBuilder(report, table, anchors);
        RunSummary run = report.run();
        boolean good = report.nodes().stream().allMatch(node -> node.status().succeeded());
        return new PageView(run.name(), run.description(), Verdict.of(report.nodes()), good ? "good" : "bad", facts(),
                failures(), warnings, tables.highlights(), ClaimsViewBuilder.of(report.claims()),
                table.rows().isEmpty() ? null : tables.build(),
                frames(models), models, nodesCaption(), nodes(), Lineage.view(run.lineage()));
    }

    private List<Fact> facts() {
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("started", MINUTE.format(report.run().started())));
        facts.add(new Fact("took", Numbers.duration(report.run().seconds())));
        report.run().facts().forEach((name, value) -> facts.add(new Fact(name, value)));
        return facts;
    }

    private List<Failure> failures() {
        List<Failure> failures = new ArrayList<>();
        for (int i = 0; i < report.nodes().size(); i++) {
            NodeRow node = report.nodes().get(i);
            if (node.status() == NodeStatus.FAILED) {
                failures.add(new Failure(title(node), Anchors.at(i), text(node.where()), text(node.error()),
                        String.join(", ", dependants(node))));
            }
        }
        return failures;
    }

    /** Skipped nodes that reach the failed one through their inputs. */
    private Set<String> dependants(NodeRow failed) {
        Set<String> reached = new LinkedHashSet<>(List.of(failed.name()));
        boolean grows = true;
        while (grows) {
            grows = false;
            for (NodeRow node : report.nodes()) {
                boolean reaches = node.inputs().stream().anyMatch(reached::contains);
                grows |= node.status() == NodeStatus.SKIPPED && reaches && reached.add(node.name());
            }
        }
        reached.remove(failed.name());
        return reached;
    }

    /** Narrow charts stand in pairs; one that is left alone before a wide one or at the end becomes wide. */
    private static List<ChartFrame> frames(List<Chart> models) {
        List<ChartFrame> frames = new ArrayList<>();
        boolean open = false;
        for (int i = 0; i < models.size(); i++) {
            boolean alone = !open && (i + 1 == models.size() || isWide(models.get(i + 1)));
            boolean wide = isWide(models.get(i)) || alone;
            open = !wide && !open;
            Chart model = models.get(i);
            frames.add(new ChartFrame(i, model.title(), model.note(), wide ? "wide" : "half", height(model)));
        }
        return frames;
    }

    private static boolean isWide(Chart chart) {
        return switch (chart.data()) {
            case Chart.Bars bars -> false;
            case Chart.Heat heat -> heat.columns().size() > 16;
            case Chart.Lines lines -> false;
            default -> true;
        };
    }

    private static int height(Chart chart) {
        return switch (chart.data()) {
            case Chart.Bars bars -> bars.bars().size() * BAR_HEIGHT + 16;
            case Chart.Heat heat -> Math.min(HIGHEST_MAP, Math.max(300, heat.rows().size() * CELL_HEIGHT + 90));
            case Chart.Lines lines -> 320;
            default -> PLOT_HEIGHT;
        };
    }

    private String nodesCaption() {
        double seconds = report.nodes().stream().mapToDouble(NodeRow::seconds).filter(Double::isFinite).sum();
        return "In the order of the plan, " + Numbers.duration(seconds)
                + " of work; open one for its configuration.";
    }

    private List<NodeView> nodes() {
        double longest = report.nodes().stream().mapToDouble(NodeRow::seconds).filter(Double::isFinite).max()
                .orElse(0);
        List<NodeView> nodes = new ArrayList<>();
        for (NodeRow node : report.nodes()) {
            boolean ran = node.status() != NodeStatus.SKIPPED;
            double share = longest > 0 && Double.isFinite(node.seconds()) ? 100 * node.seconds() / longest : 0;
            nodes.add(new NodeView(Anchors.at(nodes.size()), node.name(), point(node.point()), node.verb(),
                    node.method(), node.status().word(), ran ? Numbers.duration(node.seconds()) : "",
                    String.format(Locale.ROOT, "%.1f", Math.clamp(share, 0, 100)),
                    node.status() == NodeStatus.FAILED, text(node.error()), text(node.where()), inputs(node),
                    node.address(), ConfigText.of(node.config()), NotesViewBuilder.of(node.notes())));
        }
        return nodes;
    }

    private List<Link> inputs(NodeRow node) {
        return node.inputs().stream().map(input -> new Link(input, anchors.of(input, node.point()))).toList();
    }

    private static String title(NodeRow node) {
        return node.point().isEmpty() ? node.name() : node.name() + " (" + point(node.point()) + ")";
    }

    private static String point(Map<String, Object> point) {
        List<String> keys = List.copyOf(point.keySet());
        return String.join(", ", point.entrySet().stream()
                .map(entry -> SweepKeys.shortName(entry.getKey(), keys) + " " + entry.getValue()).toList());
    }

    private static String text(String value) {
        return value == null ? "" : value;
    }
}
