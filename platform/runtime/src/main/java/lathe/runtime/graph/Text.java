package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/** Where a node takes text from. */
public sealed interface Text {
    /**
     * A text file.
     *
     * @param path in UTF-8
     */
    record File(Path path) implements Text {
        /** Checks that there is a path. */
        public File {
            requireNonNull(path, "path is null");
        }
    }

    /**
     * The documents of a data node.
     *
     * @param name the node
     */
    record OfNode(String name) implements Text {
        /** Checks that there is a name. */
        public OfNode {
            requireNonNull(name, "name is null");
        }
    }
}
