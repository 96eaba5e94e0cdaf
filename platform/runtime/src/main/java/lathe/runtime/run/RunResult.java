package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

import lathe.report.NodeStatus;
import lathe.report.RunReport;

/**
 * What a run left.
 *
 * @param folder the run folder
 * @param report nodes and numbers, as written to results.json and report.html
 */
public record RunResult(Path folder, RunReport report) {
    /** Checks that both are there. */
    public RunResult {
        requireNonNull(folder, "folder is null");
        requireNonNull(report, "report is null");
    }

    /**
     * Whether every node has its result.
     *
     * @return false if a node failed or could not be started
     */
    public boolean succeeded() {
        return report.nodes().stream().map(node -> node.status()).allMatch(NodeStatus::succeeded);
    }
}
