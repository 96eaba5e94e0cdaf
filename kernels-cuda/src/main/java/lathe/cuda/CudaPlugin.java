package lathe.cuda;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the backend {@code cuda}. */
public final class CudaPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.backend("cuda", CudaConfig.class, CudaBackend::new)
                .summary(
                        "Kernels for NVIDIA graphics processors: products with four-bit and with 2:4 and 4:8 weights, and"
                                + " attention over lists of keys."));
    }
}
