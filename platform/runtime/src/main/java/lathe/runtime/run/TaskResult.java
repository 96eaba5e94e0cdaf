package lathe.runtime.run;

import java.util.List;

import lathe.report.HeatMap;
import lathe.report.NodeStatus;
import lathe.runtime.graph.Task;
import lathe.spi.graph.Measurement;

/**
 * How a task ended.
 *
 * @param task         what was done
 * @param status       how it ended
 * @param seconds      time spent on it
 * @param error        why it failed or was not started, null if it succeeded
 * @param measurements its numbers
 * @param maps         what the judged model looks like inside
 * @param notes        what methods noted
 */
record TaskResult(Task task, NodeStatus status, double seconds, String error, List<Measurement> measurements,
        List<HeatMap> maps, List<HeatMap> notes) {
    TaskResult {
        measurements = List.copyOf(measurements);
        maps = List.copyOf(maps);
        notes = List.copyOf(notes);
    }

    TaskResult(Task task, NodeStatus status, double seconds, String error, List<Measurement> measurements) {
        this(task, status, seconds, error, measurements, List.of(), List.of());
    }

    /** The same with maps of what was judged and with what methods noted. */
    TaskResult with(List<HeatMap> seen, List<HeatMap> noted) {
        return new TaskResult(task, status, seconds, error, measurements, seen, noted);
    }

    /** The same with the time since a moment of {@link System#nanoTime()}. */
    TaskResult after(long start) {
        return new TaskResult(task, status, (System.nanoTime() - start) * 1e-9, error, measurements, maps, notes);
    }
}
