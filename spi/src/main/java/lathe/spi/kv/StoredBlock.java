package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.tensor.Tensor;

/**
 * Keys or values of some tokens of one head in the form in which they are stored. Kernels multiply with it where it lies,
 * without knowing the method that wrote it; {@link KvSegment#readKeys} and {@link KvSegment#readValues} say the same in
 * numbers.
 */
public sealed interface StoredBlock {
    /**
     * Tokens of the block.
     *
     * @return count
     */
    int tokens();

    /**
     * Tokens as numbers.
     *
     * @param rows [tokens, width], any float type, rows contiguous
     */
    record Exact(Tensor rows) implements StoredBlock {
        /** Checks the matrix. */
        public Exact {
            requireNonNull(rows, "rows is null");
        }

        @Override
        public int tokens() {
            return rows.size(0);
        }
    }

    /** What a packed vector is. */
    enum Direction {
        /** A token: its numbers are channels. */
        TOKENS,
        /** A channel: its numbers are tokens. */
        CHANNELS
    }

    /**
     * Tokens in few bits, to which single numbers and a matrix of low rank may be added.
     *
     * <p>Where a vector is a token, token t is vector {@code first + stride * t} of the packed ones and its channel c their
     * number {@code from + c}. Where a vector is a channel, tokens are packed a piece at a time: channel c of token t is
     * number {@code from + t % piece} of vector {@code first + step * (t / piece) + stride * c}.
     *
     * @param vectors   codes, scales and minima
     * @param direction what a vector is
     * @param first     the block's first vector
     * @param stride    distance of its vectors
     * @param from      its first number in them
     * @param tokens    tokens of the block
     * @param piece     tokens of a channel's vector; not used where vectors are tokens
     * @param step      distance of the vectors of a channel
     * @param sparse    single numbers that are added
     * @param added     a matrix of low rank that is added
     */
    record Packed(
            PackedVectors vectors,
            Direction direction,
            int first,
            int stride,
            int from,
            int tokens,
            int piece,
            int step,
            Optional<SparseRows> sparse,
            Optional<LowRankRows> added) implements StoredBlock {
        /** Checks that the parts are there. */
        public Packed {
            requireNonNull(vectors, "vectors is null");
            requireNonNull(direction, "direction is null");
            requireNonNull(sparse, "sparse is null");
            requireNonNull(added, "added is null");
            if (first < 0 || stride < 1 || from < 0 || tokens < 0 || piece < 1 || step < 0) {
                throw new IllegalArgumentException("A block of " + tokens + " tokens cannot begin at vector " + first
                        + " and number " + from + " with every " + stride + "th vector, or every " + step + "th for "
                        + piece + " tokens.");
            }
        }

        /**
         * A block of which every vector is one piece.
         *
         * @param vectors   codes, scales and minima
         * @param direction what a vector is
         * @param first     the block's first vector
         * @param stride    distance of its vectors
         * @param from      its first number in them
         * @param tokens    tokens of the block
         * @param sparse    single numbers that are added
         * @param added     a matrix of low rank that is added
         */
        public Packed(PackedVectors vectors, Direction direction, int first, int stride, int from, int tokens,
                Optional<SparseRows> sparse, Optional<LowRankRows> added) {
            this(vectors, direction, first, stride, from, tokens, Math.max(1, tokens), 0, sparse, added);
        }
    }

    /**
     * Single numbers that are added to others, in the order in which they are read: pieces of tokens one after the other, in a
     * piece the tokens, of a token the channels. Those of the block's piece p are entries
     * {@code [starts[first + stride * p], starts[first + stride * p + 1])}; channel c of the t-th token of a piece has the
     * place {@code t << channelBits | c}.
     *
     * @param starts      I32 [rows + 1], where the entries of a row begin
     * @param places      U16 or I32 [entries], ascending in a row
     * @param values      F16 or F32 [entries]
     * @param first       row of the block's first piece
     * @param stride      distance of its rows
     * @param piece       tokens of a piece; the last may have fewer
     * @param channelBits low bits of a place that name the channel
     */
    record SparseRows(
            Tensor starts, Tensor places, Tensor values, int first, int stride, int piece, int channelBits) {
        /** Checks that places and values agree. */
        public SparseRows {
            requireNonNull(starts, "starts is null");
            requireNonNull(places, "places is null");
            requireNonNull(values, "values is null");
            if (!places.shape().equals(values.shape())) {
                throw new IllegalArgumentException(
                        "Places " + places.shape() + " and values " + values.shape() + " do not agree.");
            }
            if (piece < 1 || channelBits < 0 || channelBits > 30) {
                throw new IllegalArgumentException("Pieces of " + piece + " tokens with channels of " + channelBits
                        + " bits cannot be.");
            }
        }
    }

    /**
     * A matrix of low rank: number c of token t is the sum over k of tokens[k, t] channels[k, c].
     *
     * @param tokens   F16 or F32 [rank, tokens of the block]
     * @param channels F16 or F32 [rank, width]
     */
    record LowRankRows(Tensor tokens, Tensor channels) {
        /** Checks that the ranks agree. */
        public LowRankRows {
            requireNonNull(tokens, "tokens is null");
            requireNonNull(channels, "channels is null");
            if (tokens.size(0) != channels.size(0)) {
                throw new IllegalArgumentException(
                        "Factors " + tokens.shape() + " and " + channels.shape() + " are of different ranks.");
            }
        }
    }
}
