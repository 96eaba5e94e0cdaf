package lathe.spi.graph;

import java.util.stream.Stream;

/** A place where text comes from. */
public interface DataSource {
    /**
     * Reads the text.
     *
     * @return documents in a fixed order; the stream is closed by the caller
     */
    Stream<String> documents();
}
