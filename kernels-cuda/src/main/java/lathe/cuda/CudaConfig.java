package lathe.cuda;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of the CUDA backend.
 *
 * @param device which of the machine's graphics processors, counted as the driver does
 */
public record CudaConfig(@Default("0") @Range("[0, 255]") int device) {}
