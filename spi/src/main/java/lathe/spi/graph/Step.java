package lathe.spi.graph;

import java.util.List;

/** A graph node of any sort that has no kind of its own: merging, distillation, probes. */
public interface Step {
    /** What a step leaves. */
    enum Product {
        /** A model folder that other nodes can take up. */
        MODEL,
        /** Files for people. */
        FILES
    }

    /**
     * What the step leaves.
     *
     * @return asked at planning time
     */
    Product product();

    /**
     * Does the work.
     *
     * @param scene inputs and the output folder
     * @return numbers for the report, possibly none
     */
    List<Measurement> run(StepScene scene);
}
