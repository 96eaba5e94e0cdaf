package lathe.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.ojalgo.structure.Structure2D;
import org.slf4j.LoggerFactory;

import lathe.engine.Engine;
import lathe.spi.backend.Compute;

/**
 * The way through JCuda: a Java of its own in which the driver's library is the one that emulates. What CudaCheck prints
 * there is what it prints on a machine with a graphics processor.
 */
class DriverPathTest {
    /**
     * What CudaCheck needs and no more, as on a machine that it was copied to. JCuda is that of the bundle, whose classes Maven
     * has put together by now; other builds have it beside them.
     */
    private static String classPath() throws IOException {
        List<String> path = Stream.of(CudaCheck.class, CudaBackend.class, Compute.class, Engine.class,
                LoggerFactory.class, Structure2D.class)
                .map(DriverPathTest::location)
                .collect(Collectors.toCollection(ArrayList::new));
        String library = "lib/libJCudaDriver-12.6.0-linux-x86_64.so";
        if (!Files.exists(Path.of(location(CudaBackend.class), library))) {
            URL resource = CudaBackend.class.getResource("/" + library);
            path.add(((JarURLConnection) resource.openConnection()).getJarFileURL().getPath());
            path.add(location(JCudaDriver.class));
        }
        return String.join(File.pathSeparator, path);
    }

    private static String location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }

    @Test
    void kernelsAreRightWhenTheyAreLaunchedThroughTheDriver() throws IOException, InterruptedException {
        Optional<String> missing = EmulationLibrary.missing();
        missing.ifPresent(reason -> System.out.println("skipped: " + reason));
        assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-cp", classPath(),
                CudaCheck.class.getName(), "0", "0");
        builder.environment().put("LD_LIBRARY_PATH", EmulationLibrary.path().getParent().toString());
        Process check = builder.redirectErrorStream(true).start();
        String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(check.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(output)
                .contains("Emulated processor; 1024 MiB; compute capability 8.6; driver for CUDA 11.4; kernels "
                        + "kernels.ptx", "everything is right");
        assertThat(check.exitValue()).isZero();
    }
}
