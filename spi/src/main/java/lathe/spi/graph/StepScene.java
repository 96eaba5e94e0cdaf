package lathe.spi.graph;

import java.nio.file.Path;
import java.util.Map;

import lathe.spi.Progress;
import lathe.spi.tensor.Scope;

/** What a step works on. */
public interface StepScene {
    /**
     * Results of the nodes that this one refers to.
     *
     * @return folders by the name of the node, in the order of {@code of}: a model as a Hugging Face folder whose weights
     *         are dense (float32 where the node stores them in another form), text as {@code documents.jsonl}, the files of
     *         another step as they are
     */
    Map<String, Path> inputs();

    /**
     * A model that this node refers to, to be run: with its stored forms, without a copy.
     *
     * @param node name of the node
     * @return the model, closed by the platform after the step
     * @throws lathe.spi.LatheException if the node gives no model
     */
    LanguageModel model(String node);

    /**
     * Where the result goes.
     *
     * @return an empty folder; it becomes an artifact when the step returns, and disappears when it throws
     */
    Path output();

    /**
     * Where intermediate tensors live.
     *
     * @return closed after the step
     */
    Scope scope();

    /**
     * Progress of the node.
     *
     * @return the node's progress line
     */
    Progress progress();
}
