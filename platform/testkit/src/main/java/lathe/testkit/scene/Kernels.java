package lathe.testkit.scene;

import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.Observed;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.ReferenceAttention;
import lathe.testkit.reference.ReferenceRotary;

/** What a run of a cache asks of a processor: by definition in float64, or by the platform's kernels. */
public interface Kernels {
    /** The slow and plain way. */
    Kernels REFERENCE = new Kernels() {
        @Override
        public Tensor rotated(Tensor heads, int[] positions, LayerInfo layer, Scope scope) {
            Tensor rotated = heads.in(scope).copy();
            layer.rotary().ifPresent(rotary -> ReferenceRotary.rotate(rotated, positions, rotary));
            return rotated;
        }

        @Override
        public Observed attend(AttentionCall call, Scope observations) {
            return ReferenceAttention.attend(call, observations);
        }
    };

    /**
     * Rotates positions into heads.
     *
     * @param heads     [h, n, headDim], left as they are
     * @param positions [n]
     * @param layer     whose frequencies
     * @param scope     where the result lives
     * @return rotated heads
     */
    Tensor rotated(Tensor heads, int[] positions, LayerInfo layer, Scope scope);

    /**
     * Attention of one layer.
     *
     * @param call         queries, keys, values, plan; its output is overwritten
     * @param observations where observations live
     * @return what was asked to be observed
     */
    Observed attend(AttentionCall call, Scope observations);
}
