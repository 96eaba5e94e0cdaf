package lathe.gear;

import java.util.Optional;

import lathe.spi.kv.StoredBlock.SparseRows;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/**
 * S: the largest and the smallest numbers of every vector, as what their codes miss of them, in the order in which attention
 * reads them: head by head, pieces of tokens, tokens, channels.
 *
 * @param layout of the vectors of which they are the ends
 * @param starts I32 [heads * pieces + 1], where a piece of a head begins
 * @param places U16 or I32 [entries], token of the piece and channel in one number
 * @param values [entries]
 */
record Outliers(Layout layout, Tensor starts, Tensor places, Tensor values) {
    /** Tokens of a piece. */
    private static final int PIECE = 128;
    private static final int WORD = 1 << Short.SIZE;

    /** An outlier. */
    interface Visitor {
        void visit(int token, int channel, float value);
    }

    /**
     * Takes the outliers out of a block: their places get the mean of their vector.
     *
     * @param block row-major, changed
     * @param share of a vector, both ends together
     * @return where they are
     */
    static boolean[] takeFrom(float[] block, Layout layout, double share) {
        int length = layout.length();
        int half = Math.min((int) Math.floor(share * length / 2), length / 2);
        boolean[] chosen = new boolean[block.length];
        float[] vector = new float[length];
        for (int v = 0; half > 0 && v < layout.vectors(); v++) {
            layout.gather(block, v, vector);
            float mean = mean(vector);
            for (int end = 0; end < 2; end++) {
                for (int place : Selection.indices(Selection.largest(vector, half))) {
                    chosen[layout.index(v, place)] = true;
                    block[layout.index(v, place)] = mean;
                    // The smallest are the largest of the negated, without what was taken.
                    vector[place] = Float.POSITIVE_INFINITY;
                }
                negate(vector);
            }
        }
        return chosen;
    }

    private static float mean(float[] vector) {
        double sum = 0;
        for (float number : vector) {
            sum += number;
        }
        return (float) (sum / vector.length);
    }

    private static void negate(float[] vector) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] = -vector[i];
        }
    }

    /**
     * Stores outliers.
     *
     * @param error  what the codes of a block miss of it; zero afterwards where the outliers are
     * @param chosen where they are
     */
    static Outliers of(float[] error, boolean[] chosen, Layout layout, DataType type, Scope scope) {
        int pieces = Math.ceilDiv(layout.tokens(), PIECE);
        int bits = channelBits(layout.width());
        int[] starts = new int[layout.heads() * pieces + 1];
        int[] places = new int[count(chosen)];
        float[] values = new float[places.length];
        int row = layout.tokens() * layout.width();
        int n = 0;
        for (int i = 0; n < places.length; i++) {
            if (chosen[i]) {
                int token = i % row / layout.width();
                places[n] = token % PIECE << bits | i % layout.width();
                values[n++] = error[i];
                error[i] = 0;
                starts[i / row * pieces + token / PIECE + 1] = n;
            }
        }
        for (int piece = 1; piece < starts.length; piece++) {
            starts[piece] = Math.max(starts[piece], starts[piece - 1]);
        }
        DataType integers = PIECE << bits <= WORD ? DataType.U16 : DataType.I32;
        return new Outliers(layout, scope.of(starts, starts.length), scope.of(places, n).to(integers).in(scope),
                scope.of(values, n).to(type).in(scope));
    }

    private static int count(boolean[] chosen) {
        int count = 0;
        for (boolean one : chosen) {
            count += one ? 1 : 0;
        }
        return count;
    }

    private static int channelBits(int width) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(width - 1);
    }

    int count() {
        return places.size(0);
    }

    /** Visits the outliers of tokens [from, from + count) of a head. */
    void forEach(int head, int from, int count, Visitor visitor) {
        int bits = channelBits(layout.width());
        int pieces = Math.ceilDiv(layout.tokens(), PIECE);
        for (int piece = from / PIECE; count() > 0 && piece * PIECE < from + count; piece++) {
            int end = (int) starts.get(head * pieces + piece + 1);
            for (int n = (int) starts.get(head * pieces + piece); n < end; n++) {
                int place = (int) places.get(n);
                int token = piece * PIECE + (place >> bits);
                if (token >= from && token < from + count) {
                    visitor.visit(token, place & (1 << bits) - 1, (float) values.get(n));
                }
            }
        }
    }

    /** A head's outliers for kernels that add them; empty without any. */
    Optional<SparseRows> stored(int head) {
        int pieces = Math.ceilDiv(layout.tokens(), PIECE);
        return count() == 0
                ? Optional.empty()
                : Optional.of(new SparseRows(starts, places, values, head * pieces, 1, PIECE,
                        channelBits(layout.width())));
    }

    long bytes() {
        return count() == 0 ? 0 : starts.bytes() + places.bytes() + values.bytes();
    }
}
