package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.LongConsumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.engine.EngineOptions;
import lathe.spi.backend.Activation;
import lathe.spi.backend.Compute;
import lathe.spi.model.Rotary;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class OneByOneTest {
    private static final VectorRowMath LANES = new VectorRowMath();

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 31, 64, 256, 257, 768, 1100})
    void rowsHaveTheBitsOfThoseInLanes(int count) {
        assertSame(count, to -> OneByOne.scale(to, 0.3f, count), to -> LANES.scale(to, 0.3f, count));
        assertSame(count, to -> OneByOne.addScaled(0.7f, to + 4L * count, to, count),
                to -> LANES.addScaled(0.7f, to + 4L * count, to, count));
        assertSame(count, to -> OneByOne.widenBf16(to + 4L * count, count, to),
                to -> LANES.widenBf16(to + 4L * count, count, to));
        float[] split = new float[count + 2];
        float[] other = new float[count + 2];
        assertSame(count, to -> OneByOne.splitPairs(to, count, split, 2), to -> LANES.splitPairs(to, count, other, 2));
        assertThat(split).isEqualTo(other);
        double[] squares = new double[2];
        assertSame(count, to -> squares[0] = OneByOne.sumOfSquares(to, count),
                to -> squares[1] = LANES.sumOfSquares(to, count));
        assertThat(squares[0]).isEqualTo(squares[1]);
        int whole = count & -Lanes.N;
        assertSame(count, to -> squares[0] = OneByOne.weigh(to, 0, whole, 2.5f),
                to -> squares[1] = Exponential.weigh(to, 0, whole, 2.5f));
        assertThat(squares[0]).isEqualTo(squares[1]);
    }

    /** Norms, gates and rotations of whole computations, of which one believes that its process has just begun. */
    @Test
    void aComputationThatBeginsHasTheBitsOfOneInLanes() {
        try (Engine engine = Engine.create(EngineOptions.fromSystem()); Scope scope = engine.openScope()) {
            CpuBackend backend = new CpuBackend(engine);
            Tensor young = computed(backend.open(engine.parallel(), new StartingRowMath(LANES, new YoungLoop())),
                    scope);
            Tensor inLanes = computed(backend.open(engine.parallel(), LANES), scope);
            assertThat(young.toFloats()).isEqualTo(inLanes.toFloats());
        }
    }

    @Test
    void aLoopGrowsUp() {
        YoungLoop loop = new YoungLoop();
        assertThat(loop.isYoung(1000)).isTrue();
        assertThat(loop.isYoung(Integer.MAX_VALUE)).isFalse();
        assertThat(loop.isYoung(1)).isFalse();
    }

    private static Tensor computed(Compute compute, Scope scope) {
        Random random = new Random(3);
        Tensor x = random(scope, random, 6, 2, 44);
        compute.rotate(x, new int[] {5, 11}, Rotary.plain(10_000, 40));
        Tensor rows = x.reshape(12, 44);
        Tensor normalised = scope.zeros(12, 44);
        compute.rmsNorm(rows, random(scope, random, 44), 1, 1e-5, normalised);
        compute.layerNorm(normalised, random(scope, random, 44), random(scope, random, 44), 1e-5, rows);
        Tensor gates = random(scope, random, 12, 44);
        gates.set(-100, 0, 0);
        gates.set(100, 0, 1);
        gates.set(Double.NEGATIVE_INFINITY, 0, 2);
        compute.gate(gates, rows, Activation.SILU, normalised);
        compute.accumulate(normalised, rows, 0.3);
        return normalised;
    }

    private static Tensor random(Scope scope, Random random, int... sizes) {
        Tensor tensor = scope.zeros(sizes);
        MemorySegment memory = tensor.segment();
        for (long i = 0; i < tensor.elements(); i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return tensor;
    }

    private static void assertSame(int count, LongConsumer one, LongConsumer other) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] first = run(arena.allocate(8L * count + 64), count, one);
            byte[] second = run(arena.allocate(8L * count + 64), count, other);
            assertThat(first).isEqualTo(second);
        }
    }

    private static byte[] run(MemorySegment memory, int count, LongConsumer loop) {
        Random random = new Random(count);
        for (int i = 0; i < 2 * count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        loop.accept(memory.address());
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }
}
