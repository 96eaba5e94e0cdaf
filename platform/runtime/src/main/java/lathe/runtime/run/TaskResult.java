package lathe.runtime.run;

import java.util.List;

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
 */
record TaskResult(Task task, NodeStatus status, double seconds, String error, List<Measurement> measurements) {
    TaskResult {
        measurements = List.copyOf(measurements);
    }

    /** The same with the time since a moment of {@link System#nanoTime()}. */
    TaskResult after(long start) {
        return new TaskResult(task, status, (System.nanoTime() - start) * 1e-9, error, measurements);
    }
}
