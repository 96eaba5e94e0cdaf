package lathe.spi.numeric;

/** Random streams of one graph node, keyed by the experiment's seed, the node, a purpose and an index. */
public interface RandomStreams {
    /**
     * A stream.
     *
     * @param purpose what it is for, such as {@code dropout} or a tensor's name
     * @param index   which of the purpose's streams, such as a layer
     * @return always the same stream for the same seed, node, purpose and index
     */
    RandomStream stream(String purpose, long index);
}
