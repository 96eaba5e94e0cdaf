package lathe.engine.numeric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WorkerPoolTest {
    @Test
    void runsEveryIndexOnceWithFixedBorders() {
        Random random = new Random(1);
        for (int threads = 1; threads <= 5; threads++) {
            try (WorkerPool pool = new WorkerPool(threads)) {
                for (int round = 0; round < 5000; round++) {
                    int count = random.nextInt(40);
                    int chunk = 1 + random.nextInt(6);
                    AtomicIntegerArray seen = new AtomicIntegerArray(count + 1);
                    pool.forEach(count, chunk, (from, to) -> {
                        assertThat(from % chunk).isZero();
                        assertThat(to).isEqualTo(Math.min(count, from + chunk));
                        for (int i = from; i < to; i++) {
                            seen.incrementAndGet(i);
                        }
                    });
                    for (int i = 0; i < count; i++) {
                        assertThat(seen.get(i)).isEqualTo(1);
                    }
                }
            }
        }
    }

    @Test
    void writesOfTheBodyAreSeenByTheCaller() {
        try (WorkerPool pool = new WorkerPool(4)) {
            long[] values = new long[64];
            for (int round = 1; round <= 20_000; round++) {
                int added = round;
                pool.forEach(64, 1, (from, to) -> values[from] += added);
            }
            assertThat(values).containsOnly(20_000L * 20_001 / 2);
        }
    }

    @Test
    void nestedLoopsRunToTheEnd() {
        try (WorkerPool pool = new WorkerPool(3)) {
            AtomicInteger runs = new AtomicInteger();
            pool.forEach(10, 1,
                    (a, b) -> pool.forEach(10, 1, (c, d) -> pool.forEach(3, 2, (e, f) -> runs.addAndGet(f - e))));
            assertThat(runs).hasValue(300);
        }
    }

    @Test
    void severalCallersMayLoopAtOnce() {
        try (WorkerPool pool = new WorkerPool(3)) {
            AtomicInteger sum = new AtomicInteger();
            IntStream.range(0, 200).parallel()
                    .forEach(i -> pool.forEach(50, 3, (from, to) -> sum.addAndGet(to - from)));
            assertThat(sum).hasValue(10_000);
        }
    }

    @Test
    void theFirstExceptionReachesTheCallerAndThePoolLivesOn() {
        try (WorkerPool pool = new WorkerPool(3)) {
            for (int round = 0; round < 100; round++) {
                assertThatThrownBy(() -> pool.forEach(100, 1, (from, to) -> {
                    if (from == 37) {
                        throw new IllegalStateException("37");
                    }
                })).isInstanceOf(IllegalStateException.class).hasMessage("37");
            }
            AtomicInteger runs = new AtomicInteger();
            pool.forEach(100, 1, (from, to) -> runs.incrementAndGet());
            assertThat(runs).hasValue(100);
        }
    }

    @Test
    void allThreadsTakePart() {
        try (WorkerPool pool = new WorkerPool(3)) {
            var names = ConcurrentHashMap.<String>newKeySet();
            for (int round = 0; round < 1000 && names.size() < 3; round++) {
                pool.forEach(3, 1, (from, to) -> {
                    names.add(Thread.currentThread().getName());
                    // Long enough for the others to wake up and take the rest.
                    long end = System.nanoTime() + 2_000_000;
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                });
            }
            assertThat(names).hasSize(3);
        }
    }
}
