package lathe.spi.graph;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A place where text comes from. */
public interface DataSource {
    /**
     * Reads the text.
     *
     * @return documents in a fixed order; the stream is closed by the caller
     */
    Stream<String> documents();

    /**
     * Files whose contents decide the documents: when one changes, what was computed from it is computed again.
     *
     * @return paths, none by default
     */
    default List<Path> files() {
        return List.of();
    }
}
