package lathe.runtime.run;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import lathe.report.MlflowStore;
import lathe.report.ReportWriter;
import lathe.report.RunReport;
import lathe.runtime.graph.HeadReader;
import lathe.runtime.graph.Plan;

/**
 * Writes what a run leaves to read. A run that is asked to stop gets its report at once, with what is at work marked as
 * interrupted, and a second one in its place when all has come to an end: if the process dies before, nothing that was
 * measured is lost from sight.
 */
final class RunReports {
    private final ReportMaker maker;
    private final Plan plan;
    private final RunOptions options;
    private final RunLog log;
    private final Instant started;
    private final long start = System.nanoTime();
    private final RunFolder folder;
    private boolean ended;

    /**
     * @param lineage what the run depends on
     * @param log     whose notes go into the report
     * @param started when the run began
     * @param folder  where the report is written
     */
    RunReports(Plan plan, Map<String, Object> lineage, RunOptions options, RunLog log, Instant started,
            RunFolder folder) {
        this.maker = new ReportMaker(plan, lineage);
        this.plan = plan;
        this.options = options;
        this.log = log;
        this.started = started;
        this.folder = folder;
    }

    /** The report of a run that is about to stop. What goes wrong is left in the log: the last report will say it too. */
    synchronized void interim(List<TaskResult> results) {
        if (ended) {
            return;
        }
        try {
            new ReportWriter().write(report(results), folder.path());
        } catch (RuntimeException failure) {
            log.trace(failure);
        }
    }

    /**
     * The report of a run that has ended.
     *
     * @throws lathe.spi.LatheException if it cannot be written
     */
    synchronized RunReport last(List<TaskResult> results) {
        ended = true;
        RunReport report = report(results);
        new ReportWriter().write(report, folder.path());
        HeadReader.mlflow(plan.config().orElseThrow(), options.runs().resolve("mlruns"))
                .ifPresent(mlruns -> new MlflowStore(mlruns).write(report, folder.path()));
        return report;
    }

    private RunReport report(List<TaskResult> results) {
        double seconds = (System.nanoTime() - start) * 1e-9;
        return maker.make(results, log.notes(), started, seconds, options.command());
    }
}
