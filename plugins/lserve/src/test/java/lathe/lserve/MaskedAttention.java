package lathe.lserve;

import java.util.function.IntPredicate;

import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;

/** Dense attention of which a mask leaves something out, by the definition. */
final class MaskedAttention {
    private MaskedAttention() {}

    /**
     * One query of one head.
     *
     * @param query [d]
     * @param keys  [n, d]
     * @param reads which of the keys
     * @return [d]
     */
    static float[] of(LayerInfo layer, Tensor query, Tensor keys, Tensor values, IntPredicate reads) {
        double[] output = new double[layer.valueDim()];
        double sum = 0;
        for (int key = 0; key < keys.size(0); key++) {
            if (reads.test(key)) {
                double product = 0;
                for (int c = 0; c < layer.headDim(); c++) {
                    product += query.get(c) * keys.get(key, c);
                }
                double weight = Math.exp(layer.scale() * product);
                sum += weight;
                for (int c = 0; c < output.length; c++) {
                    output[c] += weight * values.get(key, c);
                }
            }
        }
        float[] shares = new float[output.length];
        for (int c = 0; c < shares.length; c++) {
            shares[c] = (float) (output[c] / sum);
        }
        return shares;
    }
}
