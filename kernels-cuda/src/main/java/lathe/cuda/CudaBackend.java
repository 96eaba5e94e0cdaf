package lathe.cuda;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.backend.Backend;
import lathe.spi.backend.Compute;
import lathe.spi.backend.Coverage;
import lathe.spi.numeric.Parallel;

/** NVIDIA graphics processors through the driver. Nothing of CUDA is loaded before somebody asks. */
public final class CudaBackend implements Backend {
    private final CudaConfig config;

    /**
     * The backend of one device.
     *
     * @param config which device
     */
    public CudaBackend(CudaConfig config) {
        this.config = requireNonNull(config, "config is null");
    }

    @Override
    public Optional<String> unavailable() {
        return DriverLibrary.missing().or(() -> DriverDevice.unavailable(config.device()));
    }

    @Override
    public String description() {
        return DriverDevice.describe(config.device());
    }

    @Override
    public Coverage coverage() {
        return Forms.COVERAGE;
    }

    @Override
    public Compute open(Parallel parallel) {
        unavailable().ifPresent(reason -> {
            throw new LatheException(reason);
        });
        return new CudaCompute(DriverDevice.open(config.device()));
    }
}
