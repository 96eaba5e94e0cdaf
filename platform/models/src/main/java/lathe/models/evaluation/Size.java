package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.List;

import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.RunnableModel;
import lathe.spi.LatheException;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.graph.MetricScene;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;

/** Memory of a model as it is stored. */
public final class Size implements Metric {
    /** What is measured. */
    public enum Of {
        /** Bytes of all weights, embeddings and norms included; a tied head counts once. */
        BYTES,
        /** Bits of a weight, over the linears inside blocks that methods compress. */
        BITS_PER_WEIGHT
    }

    /** No settings. */
    public record Settings() {}

    private final Of what;

    /**
     * @param what bytes or bits
     */
    public Size(Of what) {
        this.what = requireNonNull(what, "what is null");
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        return List.of(switch (what) {
            case BYTES -> Measurement.of("bytes", "stored", scene.subject().weightBytes(), "bytes");
            case BITS_PER_WEIGHT ->
                Measurement.of("bits-per-weight", "block-linears", bitsPerWeight(scene.subject()), "bits");
        });
    }

    private static double bitsPerWeight(LanguageModel model) {
        if (!(model instanceof RunnableModel runnable)) {
            throw new LatheException("Bits per weight can be counted for models that Lathe runs itself only, and "
                    + model.info().name() + " is run by " + model.getClass().getName() + ".");
        }
        ModelWeights weights = runnable.transformer().weights();
        double bits = 0;
        double count = 0;
        for (Site site : weights.sites()) {
            if (site.role().isCompressible()) {
                LinearOperator operator = weights.operator(site);
                bits += 8.0 * operator.bytes();
                count += (double) operator.outFeatures() * operator.inFeatures();
            }
        }
        return bits / count;
    }
}
