package lathe.gear;

/**
 * How the numbers of a block [heads, tokens, width] are vectors.
 *
 * @param form   which numbers make a vector
 * @param heads  key/value heads
 * @param tokens tokens of the block
 * @param width  channels of a head
 * @param piece  tokens of a channel's vector
 */
record Layout(Form form, int heads, int tokens, int width, int piece) {
    /** What a vector is. */
    enum Form {
        /** A channel of a head over a piece of the tokens: of the first head all channels of the first piece come first. */
        CHANNELS,
        /** The channels of all heads of a token. */
        TOKENS,
        /** The channels of one head of a token: the tokens of the first head come first. */
        HEADS_OF_TOKENS
    }

    int vectors() {
        return elements() / length();
    }

    int length() {
        return switch (form) {
            case CHANNELS -> piece;
            case TOKENS -> heads * width;
            case HEADS_OF_TOKENS -> width;
        };
    }

    private int pieces() {
        return tokens / piece;
    }

    /** The vector of a channel over a piece of the tokens. */
    int channel(int head, int piece, int channel) {
        return (head * pieces() + piece) * width + channel;
    }

    int elements() {
        return heads * tokens * width;
    }

    /** Where number {@code i} of a vector lies in the row-major block. */
    int index(int vector, int i) {
        return switch (form) {
            case CHANNELS -> index(vector / (pieces() * width), vector / width % pieces() * piece + i, vector % width);
            case TOKENS -> index(i / width, vector, i % width);
            case HEADS_OF_TOKENS -> index(vector / tokens, vector % tokens, i);
        };
    }

    private int index(int head, int token, int channel) {
        return (head * tokens + token) * width + channel;
    }

    void gather(float[] block, int vector, float[] target) {
        if (form == Form.TOKENS) {
            for (int head = 0; head < heads; head++) {
                System.arraycopy(block, index(head, vector, 0), target, head * width, width);
            }
            return;
        }
        int at = index(vector, 0);
        int step = form == Form.CHANNELS ? width : 1;
        for (int i = 0; i < target.length; i++) {
            target[i] = block[at + i * step];
        }
    }
}
