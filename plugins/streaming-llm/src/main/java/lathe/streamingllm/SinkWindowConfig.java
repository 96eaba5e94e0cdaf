package lathe.streamingllm;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of the attention pattern.
 *
 * @param sinks  first tokens that every query reads
 * @param window tokens up to and including the query's own that it reads besides
 */
public record SinkWindowConfig(
        @Default("4") @Range("[0, inf)") int sinks, @Default("512") @Range("[1, inf)") int window) {}
