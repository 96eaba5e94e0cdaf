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
}
