package lathe.spi.graph;

import java.util.List;

/** A number that judges a model on a text. */
public interface Metric {
    /**
     * Measures.
     *
     * @param scene the model, its reference and the text
     * @return one measurement or several
     */
    List<Measurement> measure(MetricScene scene);

    /**
     * Whether the number depends on what else the machine does: times, memory of the process. Such a metric is measured
     * while no other node runs.
     *
     * @return false by default
     */
    default boolean wantsQuiet() {
        return false;
    }

    /**
     * Whether the number is a comparison with the reference already, such as a KL divergence; it then has nothing to say of
     * a model without reference.
     *
     * @return false by default
     */
    default boolean isRelative() {
        return false;
    }
}
