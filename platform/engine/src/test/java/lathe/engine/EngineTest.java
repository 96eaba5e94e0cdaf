package lathe.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;

import lathe.engine.blas.CoreType;
import lathe.spi.tensor.Scope;

class EngineTest {
    @Test
    void describesItselfInOneLine() {
        String description = Engine.shared().description();
        assertThat(description).doesNotContain("\n").contains(CoreType.cpuName()).contains("Vector API")
                .contains("thread");
        try (Engine engine = Engine.create(new EngineOptions(1, true, false))) {
            assertThat(engine.description()).contains("scalar").contains("matrix product of the Vector API")
                    .endsWith("1 thread");
        }
    }

    @Test
    void aPoolWithoutThreadsIsRefused() {
        assertThatThrownBy(() -> new EngineOptions(0, false, true)).hasMessageContaining("at least one thread");
    }

    @Test
    void scalarLoopsGiveTheSameBits() {
        try (Engine scalar = Engine.create(new EngineOptions(2, false, false));
                Scope slow = scalar.openScope();
                Scope fast = Engine.shared().openScope()) {
            float[] values = new float[5000];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) Math.sin(i * 0.7) * 9;
            }
            assertThat(slow.of(values, 50, 100).exp().softmax().multiply(3.0).add(1.0).logSumExp().toFloats())
                    .containsExactly(
                            fast.of(values, 50, 100).exp().softmax().multiply(3.0).add(1.0).logSumExp().toFloats());
        }
    }

    /** What {@link #runs} starts. */
    static final class Main {
        public static void main(String[] arguments) {
            System.out.println(Engine.shared().description());
        }
    }

    private static String runs(String coreType, String... options) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).directory(new File("."));
        if (coreType != null) {
            builder.environment().put("OPENBLAS_CORETYPE", coreType);
        }
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    @Test
    void anInheritedCoreTypeBelowTheCpuIsIgnoredUnlessAskedFor() throws IOException, InterruptedException {
        String module = "--add-modules=jdk.incubator.vector";
        String plain = runs(null, module);
        if (plain.contains("OpenBLAS") && CoreType.isLesser("Nehalem", CoreType.cpuFlags())) {
            assertThat(runs("Nehalem", module)).isEqualTo(plain);
            assertThat(runs(null, module, "-Dlathe.openblas.coretype=Nehalem")).contains("OpenBLAS (Nehalem)");
        }
        assertThat(runs(null, module, "-Dlathe.blas=vector")).contains("matrix product of the Vector API");
    }

    @Test
    void aMissingVectorModuleIsASentenceAndNoSilentFallback() throws IOException, InterruptedException {
        assertThat(runs(null)).contains("--add-modules jdk.incubator.vector").contains("LatheException");
    }
}
