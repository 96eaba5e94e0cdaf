package lathe.spi.numeric;

/**
 * Counter-based random numbers: the value at a counter depends on the stream's key and the counter alone, so that any
 * thread may draw any part of a stream.
 */
public interface RandomStream {
    /**
     * 64 random bits.
     *
     * @param counter which of the stream's values
     * @return the bits
     */
    long bits(long counter);

    /**
     * A number in [0, 1) with 53 random bits.
     *
     * @param counter which of the stream's values
     * @return the number
     */
    default double uniform(long counter) {
        return (bits(counter) >>> 11) * 0x1.0p-53;
    }

    /**
     * A number of the standard normal distribution.
     *
     * @param counter which of the stream's values
     * @return the number
     */
    double normal(long counter);

    /**
     * A whole number in [0, bound), without bias.
     *
     * @param counter which of the stream's values
     * @param bound   at least 1
     * @return the number
     */
    int below(long counter, int bound);
}
