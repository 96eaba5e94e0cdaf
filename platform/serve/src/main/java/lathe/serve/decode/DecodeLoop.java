package lathe.serve.decode;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import lathe.models.generation.Generation;
import lathe.models.generation.GenerationBatch;
import lathe.models.generation.GenerationTicket;
import lathe.models.transformer.RunnableModel;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;

/**
 * One thread that computes jobs: so many at once as a batch, each step a token of all of them; the others wait in a queue of
 * bounded length. Jobs join and leave at any step.
 */
public final class DecodeLoop implements AutoCloseable {
    private static final Generation NOTHING = new Generation(new int[0], Generation.End.STOPPED, 0, 0, 0);

    private final RunnableModel model;
    private final Scope scope;
    private final int concurrent;
    private final int mostWaiting;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Job> waiting = new ArrayDeque<>();
    private final List<Running> running = new ArrayList<>();
    private GenerationBatch batch;
    private boolean closing;
    private volatile long steps;

    /** A job in the batch. */
    private record Running(Job job, GenerationTicket ticket) {}

    /**
     * Starts the thread.
     *
     * @param model       what generates
     * @param scope       owner of logits
     * @param concurrent  jobs in the batch at most
     * @param mostWaiting jobs in the queue at most
     */
    public DecodeLoop(RunnableModel model, Scope scope, int concurrent, int mostWaiting) {
        this.model = requireNonNull(model, "model is null");
        this.scope = requireNonNull(scope, "scope is null");
        this.concurrent = concurrent;
        this.mostWaiting = mostWaiting;
        this.batch = new GenerationBatch(model, scope);
        this.thread = Thread.ofPlatform().name("lathe-decode").daemon().start(this::run);
    }

    /**
     * Takes jobs up, all or none.
     *
     * @param jobs what a client waits for
     * @return false if the queue has no place for them
     * @throws LatheException if the loop is closing
     */
    public boolean submit(List<Job> jobs) {
        lock.lock();
        try {
            if (closing) {
                throw new LatheException("The server is stopping.");
            }
            if (waiting.size() + jobs.size() > mostWaiting) {
                return false;
            }
            waiting.addAll(jobs);
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Steps computed so far.
     *
     * @return a count that stands still while there is nothing to do
     */
    public long steps() {
        return steps;
    }

    /**
     * Jobs that wait for their turn.
     *
     * @return how many
     */
    public int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (admit()) {
            try {
                batch.step();
                steps++;
                finish();
            } catch (RuntimeException | Error failure) {
                abandon(failure);
            }
        }
        abandon(new LatheException("The server is stopping."));
    }

    /** Fills the batch from the queue; waits as long as there is nothing to do. False once the loop is closing. */
    private boolean admit() {
        List<Job> joining = new ArrayList<>();
        lock.lock();
        try {
            while (!closing && running.isEmpty() && waiting.isEmpty()) {
                changed.awaitUninterruptibly();
            }
            if (closing) {
                // Those that wait are told by close; nobody is told anything under the lock.
                return false;
            }
            while (running.size() + joining.size() < concurrent && !waiting.isEmpty()) {
                joining.add(waiting.poll());
            }
        } finally {
            lock.unlock();
        }
        joining.forEach(this::join);
        running.stream().filter(one -> one.job().cancelled()).forEach(one -> one.ticket().cancel());
        return true;
    }

    private void join(Job job) {
        if (job.cancelled()) {
            job.listener().done(NOTHING);
            return;
        }
        try {
            running.add(new Running(job, batch.add(job.request(), job.listener(),
                    job.hearsPrompt() ? Optional.of(job.listener()::prompt) : Optional.empty())));
        } catch (RuntimeException | Error failure) {
            fail(job, failure);
        }
    }

    /** A listener that fails itself must not end the thread that all others depend on. */
    private static void fail(Job job, Throwable failure) {
        try {
            job.listener().failed(failure);
        } catch (RuntimeException bug) {
            System.getLogger(DecodeLoop.class.getName()).log(System.Logger.Level.ERROR, "An answer was lost", bug);
        }
    }

    private void finish() {
        List<Running> ended = running.stream()
                .filter(one -> one.ticket().result().isPresent() || one.ticket().failure().isPresent())
                .toList();
        running.removeAll(ended);
        ended.forEach(one -> one.ticket().failure().ifPresentOrElse(
                failure -> fail(one.job(), failure),
                () -> one.job().listener().done(one.ticket().result().orElseThrow())));
    }

    /** What fails beyond its request, such as memory that is used up, leaves no job of the batch in a state to go on from; those that wait are not touched. */
    private void abandon(Throwable failure) {
        List<Running> lost = List.copyOf(running);
        running.clear();
        batch.close();
        batch = new GenerationBatch(model, scope);
        lost.forEach(one -> fail(one.job(), failure));
    }

    /** Ends the thread after the step that it computes; jobs that are not done fail. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException impatient) {
                interrupted = true;
            }
        }
        List<Job> left = List.copyOf(waiting);
        waiting.clear();
        left.forEach(job -> fail(job, new LatheException("The server is stopping.")));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
