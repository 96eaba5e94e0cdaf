package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

import lathe.report.NodeRow;
import lathe.runtime.graph.ByteSize;
import lathe.runtime.graph.Task;
import lathe.spi.Progress;

/** Tells the listener and the log what happens, one call at a time. */
final class RunLog {
    private final RunFolder folder;
    private final ProgressListener listener;
    private final StopSignal stop;
    private final List<String> notes = new CopyOnWriteArrayList<>();

    RunLog(RunFolder folder, ProgressListener listener, StopSignal stop) {
        this.folder = requireNonNull(folder, "folder is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.stop = requireNonNull(stop, "stop is null");
    }

    synchronized void started(Task task) {
        folder.log(task.title() + ": " + task.what());
        listener.nodeStarted(task.title(), task.what());
    }

    synchronized void finished(TaskResult result) {
        Task task = result.task();
        String error = result.error() == null ? "" : " " + result.error();
        folder.log(String.format(Locale.ROOT, "%s: %s after %.3f s.%s", task.title(), result.status().word(),
                result.seconds(), error));
        result.measurements().forEach(measured -> folder.log(task.title() + ": " + measured.metric() + " "
                + measured.protocol() + " = " + measured.value() + " " + measured.unit()));
        NodeRow row = new NodeRow(task.node().name(), task.node().verb().key(), task.node().method(), result.status(),
                result.seconds(), task.address(), result.error(), task.node().where(), task.node().inputs(),
                task.point(), task.node().values());
        listener.nodeFinished(task.title(), row);
    }

    /** The progress line of a task; a run that was asked to stop leaves the task where it tells how far it is. */
    Progress progress(Task task) {
        return new Progress() {
            @Override
            public void update(long done, long total, String what) {
                synchronized (RunLog.this) {
                    listener.nodeProgress(task.title(), done, total, what);
                }
                stop.check();
            }

            @Override
            public void note(String sentence) {
                synchronized (RunLog.this) {
                    folder.log(task.title() + ": " + sentence);
                    notes.add(task.title() + ": " + sentence);
                    listener.note(task.title(), sentence);
                }
            }
        };
    }

    /** Something that the reader of the report should know. */
    synchronized void warn(String sentence) {
        folder.log(sentence);
        notes.add(sentence);
        listener.note("store", sentence);
    }

    /** How much memory the process had while a task ran. */
    synchronized void memory(Task task, long bytes) {
        folder.log(task.title() + ": at most " + ByteSize.shown(bytes) + " of memory, mapped files left out");
    }

    synchronized void trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        folder.log(text.toString());
    }

    /** What nodes said. Waits for no listener that is just being told something. */
    List<String> notes() {
        return List.copyOf(notes);
    }
}
