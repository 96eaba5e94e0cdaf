package lathe.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.LatheException;
import lathe.spi.backend.Completion;
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What the interface of backends promises of memory, order and waiting, on a device that really works beside the caller. */
class SeamTest {
    private EmulatedDevice device;
    private CudaCompute compute;
    private Scope scope;
    private GroupQuantized weight;
    private Tensor input;

    @BeforeEach
    void open() {
        Optional<String> missing = EmulationLibrary.missing();
        assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
        device = new EmulatedDevice(EmulationLibrary.path());
        compute = new CudaCompute(device);
        scope = Engine.shared().openScope();
        weight = WeightCases.group4(new Random(1), 24, 96, 32, 1, DataType.F16, scope);
        input = WeightCases.random(new Random(2), scope, 3, 96);
    }

    @AfterEach
    void close() {
        if (compute != null) {
            scope.close();
            compute.close();
        }
    }

    private Tensor there(Tensor host) {
        Tensor copy = compute.activations(scope, host.shape().toArray());
        compute.write(host, copy);
        return copy;
    }

    private float[] expected() {
        try (Compute cpu = new CpuBackend().open(Engine.shared().parallel());
                PreparedOperator prepared = cpu.prepare(weight)) {
            Tensor output = scope.zeros(3, 24);
            cpu.apply(prepared, input, output);
            return output.toFloats();
        }
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(new KernelCase.Outcome(actual, expected).error()).isLessThan(KernelCase.TOLERANCE);
    }

    @Test
    void uploadsAWeightOnceAndFreesItWhenItIsClosed() {
        Tensor x = there(input);
        Tensor y = compute.activations(scope, 3, 24);
        long before = device.used();

        PreparedOperator prepared = compute.prepare(weight);
        // Codes by 16 bytes a row of 32 codes, scales in half precision, zero points of four bits by whole words.
        assertThat(prepared.extraBytes()).isEqualTo(24 * (3 * 16 + 3 * 2 + 4));
        assertThat(device.used()).isEqualTo(before + prepared.extraBytes());
        for (int i = 0; i < 3; i++) {
            compute.apply(prepared, x, y);
        }
        assertThat(device.launches()).isLessThanOrEqualTo(3);
        assertClose(compute.read(y, scope).toFloats(), expected());
        assertThat(device.used()).isEqualTo(before + prepared.extraBytes());

        prepared.close();
        prepared.close();
        assertThat(device.used()).isEqualTo(before);
        assertThatThrownBy(() -> compute.apply(prepared, x, y)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theStoredFormMayGoWhenTheWeightIsPrepared() {
        float[] expected = expected();
        CountDownLatch latch = new CountDownLatch(1);
        device.streams().get(1).hold(latch);
        PreparedOperator prepared;
        try (Scope shortLived = Engine.shared().openScope()) {
            prepared = compute.prepare(
                    WeightCases.group4(new Random(1), 24, 96, 32, 1, DataType.F16, shortLived));
        }
        Tensor y = compute.activations(scope, 3, 24);
        compute.apply(prepared, there(input), y);
        latch.countDown();

        assertClose(compute.read(y, scope).toFloats(), expected);
        prepared.close();
    }

    @Test
    void activationsDieWithTheirScopeAndTheirMemoryIsUsedAgain() {
        Tensor lost;
        try (Scope inner = scope.child()) {
            lost = compute.activations(inner, 100, 100);
            assertThat(compute.pool().lentBytes()).isGreaterThanOrEqualTo(40_000);
        }
        assertThat(compute.pool().lentBytes()).isZero();
        assertThatThrownBy(() -> compute.read(lost, scope)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        long used = device.used();
        for (int i = 0; i < 20; i++) {
            try (Scope inner = scope.child()) {
                assertThat(compute.read(compute.activations(inner, 100, 100), inner).maxAbs()).isZero();
            }
        }
        assertThat(device.used()).isEqualTo(used);
    }

    @Test
    void callsReturnBeforeTheyAreDoneAndTellWhenTheyAre() {
        Tensor x = there(input);
        Tensor y = compute.activations(scope, 3, 24);
        compute.synchronize();
        try (PreparedOperator prepared = compute.prepare(weight)) {
            CountDownLatch latch = new CountDownLatch(1);
            Completion before = compute.submitted();
            before.await();
            device.streams().get(0).hold(latch);
            compute.apply(prepared, x, y);
            Completion done = compute.submitted();

            assertThat(before.reached()).isTrue();
            assertThat(done.reached()).isFalse();
            assertThat(device.launches()).isZero();
            latch.countDown();
            done.await();
            assertThat(done.reached()).isTrue();
            assertThat(device.launches()).isEqualTo(1);
            assertClose(compute.read(y, scope).toFloats(), expected());
        }
    }

    @Test
    void computingWaitsOnTheDeviceForWeightsThatAreOnTheirWay() {
        Tensor x = there(input);
        Tensor y = compute.activations(scope, 3, 24);
        CountDownLatch latch = new CountDownLatch(1);
        device.streams().get(1).hold(latch);
        PreparedOperator prepared = compute.prepare(weight);
        compute.apply(prepared, x, y);
        Completion done = compute.submitted();

        assertThat(done.reached()).isFalse();
        latch.countDown();
        done.await();
        assertClose(compute.read(y, scope).toFloats(), expected());
        prepared.close();
    }

    @Test
    void aScopeMayCloseWhileItsTensorsAreStillInUse() {
        Tensor y = compute.activations(scope, 3, 24);
        try (PreparedOperator prepared = compute.prepare(weight)) {
            CountDownLatch latch = new CountDownLatch(1);
            device.streams().get(0).hold(latch);
            try (Scope inner = scope.child()) {
                Tensor x = compute.activations(inner, 3, 96);
                compute.write(input, x);
                compute.apply(prepared, x, y);
            }
            // Takes the memory that the product still reads, and is zeroed after it.
            Tensor next = compute.activations(scope, 3, 96);
            latch.countDown();

            assertClose(compute.read(y, scope).toFloats(), expected());
            assertThat(compute.read(next, scope).maxAbs()).isZero();
        }
    }

    @Test
    void aFullDeviceIsASentenceAndLosesNothing() {
        device.withMemory(device.used() + 2000);
        long before = device.used();

        assertThatThrownBy(() -> compute.prepare(
                WeightCases.group4(new Random(3), 64, 512, 64, 0, DataType.F32, scope)))
                .isInstanceOf(LatheException.class).hasMessageContaining("no room for a weight of [64, 512]");
        assertThat(device.used()).isEqualTo(before);
        assertThatThrownBy(() -> compute.activations(scope, 1000, 1000))
                .isInstanceOf(LatheException.class).hasMessageContaining("MiB of memory left");
    }

    @Test
    void idleMemoryIsGivenBackBeforeTheDeviceIsCalledFull() {
        try (Scope inner = scope.child()) {
            compute.activations(inner, 64, 1024);
        }
        device.withMemory(device.used() + 1000);

        assertThat(compute.read(compute.activations(scope, 32, 1024), scope).elements()).isEqualTo(32 * 1024);
    }

    @Test
    void viewsReadAndWriteWhatTheyShow() {
        Tensor all = there(WeightCases.random(new Random(5), scope, 4, 6, 10));
        Tensor host = compute.read(all, scope);
        Tensor part = all.slice(0, 1, 3).slice(2, 2, 9).transpose(0, 1);
        Tensor expected = host.slice(0, 1, 3).slice(2, 2, 9).transpose(0, 1).copy();

        assertThat(part.shape().toArray()).containsExactly(6, 2, 7);
        assertThat(compute.read(part, scope).toFloats()).containsExactly(expected.toFloats());
        compute.write(expected.multiply(2), part);
        assertThat(compute.read(part, scope).toFloats()).containsExactly(expected.multiply(2).toFloats());
        assertThat(compute.read(all.row(0), scope).toFloats()).containsExactly(host.row(0).toFloats());
        Tensor copy = compute.activations(scope, 6, 2, 7);
        compute.write(part, copy);
        assertThat(compute.read(copy, scope).toFloats()).containsExactly(expected.multiply(2).toFloats());
        compute.write(expected.to(DataType.BF16), part);
        assertThat(compute.read(part, scope).toFloats()).containsExactly(expected.to(DataType.BF16).toFloats());
    }

    @Test
    void copiesMoreThanABufferHolds() {
        float[] numbers = new float[2_500_000];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i % 65_521;
        }
        Tensor x = there(scope.of(numbers, 5, 500_000));

        // Not containsExactly, which takes minutes for so many.
        assertThat(Arrays.equals(compute.read(x, scope).toFloats(), numbers)).isTrue();
    }

    @Test
    void whatIsNotItsOwnIsRefusedByName() {
        Tensor x = there(input);
        Tensor y = compute.activations(scope, 3, 24);
        try (CudaCompute other = new CudaCompute(new EmulatedDevice(EmulationLibrary.path()));
                PreparedOperator prepared = compute.prepare(weight);
                PreparedOperator foreign = other.prepare(weight)) {
            assertThatThrownBy(() -> compute.apply(prepared, input, y)).hasMessageContaining("The input must be");
            assertThatThrownBy(() -> compute.apply(foreign, x, y)).hasMessageContaining("another backend");
            assertThatThrownBy(() -> compute.apply(prepared, y, x)).hasMessageContaining("[24, 96]");
            assertThatThrownBy(() -> compute.apply(prepared, x.transpose(), y)).hasMessageContaining("[24, 96]");
            assertThatThrownBy(() -> compute.write(input, y)).hasMessageContaining("[3, 96]");
            assertThatThrownBy(() -> x.get(0, 0)).isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("Compute.read");
            assertThatThrownBy(x::segment).isInstanceOf(UnsupportedOperationException.class);
        }
    }
}
