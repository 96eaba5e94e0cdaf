package lathe.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Method;
import lathe.spi.numeric.Parallel;

class CudaBackendTest {
    @Test
    void isFoundAsABackendWithoutLoadingAnything() {
        Method<?> method = new CudaPlugin().methods().getFirst();

        assertThat(method.id()).isEqualTo("cuda");
        assertThat(method.kind()).isEqualTo(Kind.BACKEND);
        assertThat(method.summary()).endsWith(".");
    }

    /** With a driver the reason concerns the device that there is not. */
    @Test
    void saysWhyItCannotBeUsedInASentence() {
        CudaBackend backend = new CudaBackend(new CudaConfig(255));
        Optional<String> reason = backend.unavailable();

        assertThat(reason).isPresent();
        assertThat(reason.orElseThrow()).endsWith(".").doesNotContain("Exception", "Error", "\n");
        assertThatThrownBy(() -> backend.open(Parallel.SEQUENTIAL)).isInstanceOf(LatheException.class)
                .hasMessage(reason.orElseThrow());
    }

    @Test
    void tellsWhatItComputesWithoutADevice() {
        assertThat(new CudaBackend(new CudaConfig(0)).coverage().computed())
                .anyMatch(what -> what.contains("4 bits")).anyMatch(what -> what.contains("2:4"))
                .anyMatch(what -> what.contains("attention"));
        assertThat(new CudaBackend(new CudaConfig(0)).coverage().left())
                .allSatisfy((form, reason) -> assertThat(reason).endsWith("."));
    }
}
