package lathe.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;

/** Compiled kernels are kept, so that building needs no compiler of NVIDIA's; they must be those of the sources. */
class KernelResourcesTest {
    private static byte[] resource(String name) throws IOException {
        try (InputStream in = CudaBackend.class.getResourceAsStream("kernels/" + name)) {
            assertThat(in).as(name).isNotNull();
            return in.readAllBytes();
        }
    }

    @Test
    void areThoseOfTheSources() throws IOException {
        String digest = EmulationLibrary.digest(List.of(EmulationLibrary.sources()), ".cu", ".cuh");

        assertThat(new String(resource("sources.sha256"), StandardCharsets.US_ASCII).trim())
                .as("the kernels were changed: run kernels-cuda/compile-kernels, which needs nvcc 13")
                .isEqualTo(digest);
    }

    @Test
    void holdEveryKernelForEveryGeneration() throws IOException {
        List<String> names = List.of("int4_gemv_unit32_tokens1", "int4_gemv_unit32_tokens4", "int4_gemv_unit8_tokens1",
                "int4_gemv_unit8_tokens4", "int4_gemv_odd_tokens4", "nm_gemv_of4_f32_tokens1",
                "nm_gemv_of4_bf16_tokens4", "nm_gemv_of8_f16_tokens1", "nm_gemv_of8_bf16_tokens4", "attention_64",
                "attention_128", "attention_256", "attention_merge_64", "attention_merge_128", "attention_merge_256");
        for (String image : List.of("sm_75.cubin", "sm_80.cubin", "sm_90.cubin", "sm_100.cubin", "sm_120.cubin",
                "kernels.ptx")) {
            assertThat(new String(resource(image), StandardCharsets.ISO_8859_1)).as(image).contains(names);
        }
    }

    @Test
    void areChosenByGenerationWithThePortableFormLast() {
        assertThat(DriverModule.images(new int[] {9, 0})).containsExactly("sm_90.cubin", "kernels.ptx");
        assertThat(DriverModule.images(new int[] {8, 9})).containsExactly("sm_80.cubin", "kernels.ptx");
        assertThat(DriverModule.images(new int[] {7, 5})).containsExactly("sm_75.cubin", "kernels.ptx");
        assertThat(DriverModule.images(new int[] {12, 1})).containsExactly("sm_120.cubin", "kernels.ptx");
        assertThat(DriverModule.images(new int[] {11, 0})).containsExactly("kernels.ptx");
    }
}
