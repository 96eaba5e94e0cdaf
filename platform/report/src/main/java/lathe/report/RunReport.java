package lathe.report;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * Everything there is to say about a run.
 *
 * @param run      what ran, when and on what
 * @param nodes    the nodes of the graph in the order of the plan
 * @param results  the measured numbers; the first subject is the one others are compared with
 * @param plots    plots the experiment asks for; the report adds those the data suggest
 * @param heatMaps matrices that nodes handed over
 * @param warnings sentences the reader should see first
 * @param claims   claims that the results were judged by; empty when the run is no recipe's
 */
public record RunReport(RunSummary run, List<NodeRow> nodes, List<ResultRow> results, List<PlotRequest> plots,
        List<HeatMap> heatMaps, List<String> warnings, List<ClaimRow> claims) {

    /** Checks that all parts are there and copies the lists. */
    public RunReport {
        requireNonNull(run, "run is null");
        nodes = List.copyOf(requireNonNull(nodes, "nodes is null"));
        results = List.copyOf(requireNonNull(results, "results is null"));
        plots = List.copyOf(requireNonNull(plots, "plots is null"));
        heatMaps = List.copyOf(requireNonNull(heatMaps, "heatMaps is null"));
        warnings = List.copyOf(requireNonNull(warnings, "warnings is null"));
        claims = List.copyOf(requireNonNull(claims, "claims is null"));
    }

    /**
     * A report without claims.
     *
     * @param run      what ran, when and on what
     * @param nodes    the nodes of the graph in the order of the plan
     * @param results  the measured numbers
     * @param plots    plots the experiment asks for
     * @param heatMaps matrices that nodes handed over
     * @param warnings sentences the reader should see first
     */
    public RunReport(RunSummary run, List<NodeRow> nodes, List<ResultRow> results, List<PlotRequest> plots,
            List<HeatMap> heatMaps, List<String> warnings) {
        this(run, nodes, results, plots, heatMaps, warnings, List.of());
    }

    /**
     * @param judged claims with what the run says of them
     * @return the same report with these claims
     */
    public RunReport with(List<ClaimRow> judged) {
        return new RunReport(run, nodes, results, plots, heatMaps, warnings, judged);
    }

    /**
     * @return the nodes that failed on their own, without those that only depend on them
     */
    public List<NodeRow> failed() {
        return nodes.stream().filter(node -> node.status() == NodeStatus.FAILED).toList();
    }
}
