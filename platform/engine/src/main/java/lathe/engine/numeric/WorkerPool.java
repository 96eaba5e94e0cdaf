package lathe.engine.numeric;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import lathe.spi.numeric.Parallel;

/**
 * A fixed set of threads that share the chunks of one loop at a time. The calling thread takes part. A loop that starts
 * while another one runs (a nested one, or one of another caller) is run by its caller alone, chunk by chunk: the pool
 * never waits for itself, and several callers fill the machine by themselves. A loop allocates nothing.
 */
public final class WorkerPool implements Parallel, AutoCloseable {
    /** Rounds that a thread without work looks for some at full speed: some 50 microseconds. */
    private static final int SPINS = 1500;
    /**
     * Nanoseconds that it goes on looking, giving its processor to whoever else wants it, before it sleeps. Waking a
     * sleeper takes 50 to 100 microseconds, as much as a product of a small model, and a token is made of a hundred loops
     * with less than this between them.
     */
    private static final long PATIENCE = 1_000_000;

    private final Worker[] workers;
    private final AtomicBoolean busy = new AtomicBoolean();
    /** Generation of the loop in the upper half, next chunk to hand out in the lower one. */
    private final AtomicLong claims = new AtomicLong();
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean closed;

    // The running loop. Written before its generation is published in claims, unchanged until its last chunk is done.
    private Body body;
    private int count;
    private int chunk;
    private int chunks;
    private Thread caller;

    /**
     * Starts the workers.
     *
     * @param threads threads that work on a loop, the caller's included; at least 1
     */
    public WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("A pool needs at least one thread, but " + threads + " were asked for.");
        }
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
        }
        for (Worker worker : workers) {
            worker.start();
        }
    }

    @Override
    public int threads() {
        return workers.length + 1;
    }

    @Override
    public void forEach(int count, int chunk, Body body) {
        requireNonNull(body, "body is null");
        if (chunk < 1) {
            throw new IllegalArgumentException("A chunk has at least one index, but " + chunk + " were asked for.");
        }
        if (count <= 0) {
            return;
        }
        int chunks = (int) ((count + (long) chunk - 1) / chunk);
        if (chunks == 1 || workers.length == 0 || !busy.compareAndSet(false, true)) {
            Parallel.SEQUENTIAL.forEach(count, chunk, body);
            return;
        }
        try {
            share(count, chunk, chunks, body);
        } finally {
            busy.set(false);
        }
    }

    private void share(int count, int chunk, int chunks, Body body) {
        long last = claims.get() >>> 32;
        // Shuts the old loop for good: a late worker that reads fields of this one can no longer claim a chunk of it.
        claims.set(last << 32 | Integer.MAX_VALUE);
        VarHandle.fullFence();
        this.body = body;
        this.count = count;
        this.chunk = chunk;
        this.chunks = chunks;
        this.caller = Thread.currentThread();
        finished.set(0);
        failure.set(null);
        claims.set(last + 1 << 32);
        int helpers = Math.min(workers.length, chunks - 1);
        for (int i = 0; i < helpers; i++) {
            workers[i].wake();
        }
        work();
        awaitOthers(chunks);
        this.body = null;
        this.caller = null;
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw WorkerPool.<RuntimeException>asIs(thrown);
        }
    }

    private void awaitOthers(int chunks) {
        boolean interrupted = false;
        for (int i = 0; i < SPINS && finished.get() < chunks; i++) {
            Thread.onSpinWait();
        }
        if (finished.get() < chunks) {
            long start = System.nanoTime();
            while (finished.get() < chunks && System.nanoTime() - start < PATIENCE) {
                Thread.yield();
            }
        }
        while (finished.get() < chunks) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes chunks until none is left. A claim can succeed only while its loop runs, so its fields are this loop's. */
    private void work() {
        while (true) {
            long claim = claims.get();
            int index = (int) claim;
            Body current = body;
            int end = count;
            int step = chunk;
            int all = chunks;
            Thread waiting = caller;
            if (index >= all || current == null) {
                return;
            }
            if (!claims.compareAndSet(claim, claim + 1)) {
                continue;
            }
            try {
                if (failure.get() == null) {
                    int from = index * step;
                    current.run(from, (int) Math.min(end, from + (long) step));
                }
            } catch (Throwable thrown) {
                failure.compareAndSet(null, thrown);
            }
            if (finished.incrementAndGet() == all && waiting != Thread.currentThread()) {
                LockSupport.unpark(waiting);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T asIs(Throwable thrown) throws T {
        throw (T) thrown;
    }

    /** Ends the threads. Loops that are still called run on their callers. */
    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    private final class Worker extends Thread {
        private volatile boolean asleep;

        Worker(int number) {
            super("lathe-worker-" + number);
            setDaemon(true);
        }

        void wake() {
            if (asleep) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            long seen = 0;
            while (!closed) {
                long generation = awaitNext(seen);
                if (generation != seen) {
                    seen = generation;
                    work();
                }
            }
        }

        private long awaitNext(long seen) {
            for (int i = 0; i < SPINS; i++) {
                long generation = claims.get() >>> 32;
                if (generation != seen) {
                    return generation;
                }
                Thread.onSpinWait();
            }
            long start = System.nanoTime();
            while (System.nanoTime() - start < PATIENCE && !closed) {
                long generation = claims.get() >>> 32;
                if (generation != seen) {
                    return generation;
                }
                Thread.yield();
            }
            // Set before the last look: whoever publishes a loop after it sees the sleeper.
            asleep = true;
            if (claims.get() >>> 32 == seen && !closed) {
                LockSupport.park(WorkerPool.this);
            }
            asleep = false;
            return claims.get() >>> 32;
        }
    }
}
