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
     * @return artifact folders by the name of the edge ({@code of}, or the node's name in a list)
     */
    Map<String, Path> inputs();

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
