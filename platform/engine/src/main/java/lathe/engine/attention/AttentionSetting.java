package lathe.engine.attention;

import lathe.engine.kernels.MatrixProduct;
import lathe.engine.kernels.RowMath;
import lathe.spi.backend.AttentionCall;

/**
 * One call and the tools that execute it.
 *
 * @param call    what is asked for
 * @param math    inner loops
 * @param product matrix products
 */
record AttentionSetting(AttentionCall call, RowMath math, MatrixProduct product) {
    /** The layer's window, {@link Pieces#ALL} if it has none. */
    int layerWindow() {
        return call.layer().slidingWindow().orElse(Pieces.ALL);
    }

    /** Number of queries of a head. */
    int queries() {
        return call.queryPositions().length;
    }
}
