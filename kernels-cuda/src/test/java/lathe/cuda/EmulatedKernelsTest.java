package lathe.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.backend.Compute;

/**
 * The kernels' own sources, compiled for the CPU, against the engine. Every case runs twice, with the threads of a block in
 * both orders: a kernel that lacks a barrier gives other bits.
 */
class EmulatedKernelsTest {
    private static CudaCompute forwards;
    private static CudaCompute backwards;
    private static Compute cpu;

    @BeforeAll
    static void openDevices() {
        Optional<String> missing = EmulationLibrary.missing();
        missing.ifPresent(reason -> System.out.println("skipped: " + reason));
        assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
        forwards = new CudaCompute(new EmulatedDevice(EmulationLibrary.path()));
        backwards = new CudaCompute(new EmulatedDevice(EmulationLibrary.path()).backwards());
        cpu = new CpuBackend().open(Engine.shared().parallel());
    }

    @AfterAll
    static void closeDevices() {
        if (forwards != null) {
            forwards.close();
            backwards.close();
            cpu.close();
        }
    }

    static List<KernelCase> int4() {
        return WeightCases.int4(8);
    }

    static List<KernelCase> sparse() {
        return WeightCases.nm(4);
    }

    static List<KernelCase> attention() {
        return AttentionCases.all(1);
    }

    @ParameterizedTest
    @MethodSource("int4")
    void dequantisesFourBitCodesAsTheCpuDoes(KernelCase one) {
        check(one);
    }

    @ParameterizedTest
    @MethodSource("sparse")
    void multipliesSparseRowsAsTheCpuDoes(KernelCase one) {
        check(one);
    }

    @ParameterizedTest
    @MethodSource("attention")
    void attendsAsTheCpuDoes(KernelCase one) {
        check(one);
    }

    private static void check(KernelCase one) {
        KernelCase.Outcome outcome = one.run(forwards, cpu);
        assertThat(outcome.error()).isLessThan(KernelCase.TOLERANCE);
        assertThat(Arrays.equals(one.run(backwards, cpu).device(), outcome.device())).as("same bits").isTrue();
    }
}
