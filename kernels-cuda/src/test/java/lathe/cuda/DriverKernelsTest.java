package lathe.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.backend.Compute;

/** The same cases on a graphics processor, where there is one. */
class DriverKernelsTest {
    private static Compute device;
    private static Compute cpu;

    @BeforeAll
    static void openDevices() {
        CudaBackend backend = new CudaBackend(new CudaConfig(0));
        Optional<String> reason = backend.unavailable();
        reason.ifPresent(sentence -> System.out.println("skipped on a graphics processor: " + sentence));
        assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
        device = backend.open(Engine.shared().parallel());
        cpu = new CpuBackend().open(Engine.shared().parallel());
    }

    @AfterAll
    static void closeDevices() {
        if (device != null) {
            device.close();
            cpu.close();
        }
    }

    static List<KernelCase> cases() {
        return Stream.of(WeightCases.int4(40), WeightCases.nm(40), AttentionCases.all(3)).flatMap(List::stream)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void computesWhatTheCpuComputes(KernelCase one) {
        assertThat(one.run(device, cpu).error()).isLessThan(KernelCase.TOLERANCE);
    }
}
