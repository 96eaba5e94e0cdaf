package lathe.models.evaluation;

import lathe.models.tokenizer.Tokenizer;
import lathe.spi.graph.MetricScene;

/** What metrics look at that ask in words. The platform's own scenes are of this sort. */
public interface TokenizedScene extends MetricScene {
    /**
     * The tokenizer of the subject.
     *
     * @return open as long as the scene
     */
    Tokenizer tokenizer();
}
