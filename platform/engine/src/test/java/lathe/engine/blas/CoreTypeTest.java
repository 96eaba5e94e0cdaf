package lathe.engine.blas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;

import org.junit.jupiter.api.Test;

class CoreTypeTest {
    private static final Set<String> AVX2 = Set.of("avx", "avx2", "fma", "sse4_2");
    private static final Set<String> AVX512 = Set.of("avx", "avx2", "fma", "avx512f", "avx512bw", "avx512dq",
            "avx512vl",
            "avx512_bf16");

    @Test
    void aCoreBelowTheCpuIsLesser() {
        assertThat(CoreType.isLesser("Haswell", AVX512)).isTrue();
        assertThat(CoreType.isLesser("SkylakeX", AVX512)).isTrue();
        assertThat(CoreType.isLesser("Nehalem", AVX2)).isTrue();
    }

    @Test
    void theCpusOwnCoreAHigherOrAnUnknownOneIsNot() {
        assertThat(CoreType.isLesser("COOPERLAKE", AVX512)).isFalse();
        assertThat(CoreType.isLesser("haswell", AVX2)).isFalse();
        assertThat(CoreType.isLesser("Zen", AVX2)).isFalse();
        assertThat(CoreType.isLesser("SkylakeX", AVX2)).isFalse();
        assertThat(CoreType.isLesser("ARMV8", AVX512)).isFalse();
    }
}
