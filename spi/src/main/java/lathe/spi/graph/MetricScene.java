package lathe.spi.graph;

import java.util.List;
import java.util.Optional;

import lathe.spi.Progress;
import lathe.spi.tensor.Scope;

/** What a metric looks at. */
public interface MetricScene {
    /**
     * The model to be judged.
     *
     * @return the subject
     */
    LanguageModel subject();

    /**
     * The model that it is compared with.
     *
     * @return the first subject of the node, empty for the first itself
     */
    Optional<LanguageModel> reference();

    /**
     * The evaluation text.
     *
     * @return token ids of the whole text, without special tokens
     */
    int[] tokens();

    /**
     * The evaluation text in its own words, for numbers that count words or bytes.
     *
     * @return documents in their order, a text file being one; empty where only tokens are known
     */
    default List<String> documents() {
        return List.of();
    }

    /**
     * Where intermediate tensors live.
     *
     * @return closed after the call
     */
    Scope scope();

    /**
     * Progress of the node.
     *
     * @return the node's progress line
     */
    Progress progress();
}
