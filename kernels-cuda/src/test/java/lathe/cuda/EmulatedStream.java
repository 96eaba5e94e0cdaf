package lathe.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import lathe.spi.LatheException;
import lathe.spi.backend.Completion;

/** A thread that works off what is asked for, in order. After a failure it does nothing but report it. */
final class EmulatedStream implements Device.Stream {
    private final EmulatedDevice device;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("emulated stream").factory());
    private volatile RuntimeException failure;

    EmulatedStream(EmulatedDevice device) {
        this.device = device;
    }

    private record Point(CompletableFuture<Void> future) implements Completion {
        @Override
        public boolean reached() {
            return future.isDone();
        }

        @Override
        public void await() {
            try {
                future.join();
            } catch (CompletionException failed) {
                throw new LatheException(failed.getCause().getMessage(), failed.getCause());
            }
        }
    }

    private void enqueue(Runnable work) {
        thread.execute(() -> {
            if (failure == null) {
                try {
                    work.run();
                } catch (RuntimeException failed) {
                    failure = failed;
                }
            }
        });
    }

    /** Lets nothing happen until the latch is open. */
    void hold(CountDownLatch latch) {
        enqueue(() -> {
            try {
                latch.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Override
    public void upload(MemorySegment host, long target) {
        enqueue(() -> device.at(target, host.byteSize()).copyFrom(host));
    }

    @Override
    public void download(long source, MemorySegment host) {
        enqueue(() -> host.copyFrom(device.at(source, host.byteSize())));
    }

    @Override
    public void copyRows(long source, long sourcePitch, long target, long targetPitch, long rowBytes, long rows) {
        enqueue(() -> {
            for (long row = 0; row < rows; row++) {
                device.at(target + row * targetPitch, rowBytes)
                        .copyFrom(device.at(source + row * sourcePitch, rowBytes));
            }
        });
    }

    @Override
    public void zero(long address, long bytes) {
        enqueue(() -> device.at(address, bytes).fill((byte) 0));
    }

    @Override
    public void launch(String kernel, int columns, int rows, int threads, int sharedBytes, MemorySegment arguments) {
        Arena copied = Arena.ofShared();
        MemorySegment copy = copied.allocate(arguments.byteSize(), 16).copyFrom(arguments);
        enqueue(() -> {
            try (copied) {
                device.execute(kernel, columns, rows, threads, sharedBytes, copy);
            }
        });
    }

    @Override
    public Completion record() {
        CompletableFuture<Void> future = new CompletableFuture<>();
        thread.execute(() -> {
            if (failure == null) {
                future.complete(null);
            } else {
                future.completeExceptionally(failure);
            }
        });
        return new Point(future);
    }

    @Override
    public void waitFor(Completion point) {
        enqueue(point::await);
    }

    @Override
    public void synchronize() {
        record().await();
    }

    @Override
    public void close() {
        try {
            synchronize();
        } finally {
            thread.close();
        }
    }
}
