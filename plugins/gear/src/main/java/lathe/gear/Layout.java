package lathe.gear;

/**
 * How the numbers of a block [heads, tokens, width] are vectors.
 *
 * @param form   which numbers make a vector
 * @param heads  key/value heads
 * @param tokens tokens of the block
 * @param width  channels of a head
 */
record Layout(Form form, int heads, int tokens, int width) {
    /** What a vector is. */
    enum Form {
        /** A channel of a head over all tokens. */
        CHANNELS,
        /** The channels of all heads of a token. */
        TOKENS,
        /** The channels of one head of a token. */
        HEADS_OF_TOKENS
    }

    int vectors() {
        return switch (form) {
            case CHANNELS -> heads * width;
            case TOKENS -> tokens;
            case HEADS_OF_TOKENS -> tokens * heads;
        };
    }

    int length() {
        return switch (form) {
            case CHANNELS -> tokens;
            case TOKENS -> heads * width;
            case HEADS_OF_TOKENS -> width;
        };
    }

    int elements() {
        return heads * tokens * width;
    }

    /** Where number {@code i} of a vector lies in the row-major block. */
    int index(int vector, int i) {
        return switch (form) {
            case CHANNELS -> index(vector / width, i, vector % width);
            case TOKENS -> index(i / width, vector, i % width);
            case HEADS_OF_TOKENS -> index(vector % heads, vector / heads, i);
        };
    }

    private int index(int head, int token, int channel) {
        return (head * tokens + token) * width + channel;
    }

    void gather(float[] block, int vector, float[] target) {
        for (int i = 0; i < target.length; i++) {
            target[i] = block[index(vector, i)];
        }
    }
}
