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
     * Tokens in few bits, of which some numbers may be stored exactly and to which a matrix of low rank may be added: codes,
     * then what replaces them, then what is added. Vector i of the block, a token or a channel, is vector
     * {@code first + stride * i} of the packed ones; its number j, a channel or a token, is their number {@code from + j}.
     *
     * @param vectors   codes, scales and minima
     * @param direction what a vector is
     * @param first     the block's first vector
     * @param stride    distance of its vectors
     * @param from      its first number in them
     * @param tokens    tokens of the block
     * @param replaced  numbers that are stored exactly
     * @param added     what is added to all
     */
    record Packed(
            PackedVectors vectors,
            Direction direction,
            int first,
            int stride,
            int from,
            int tokens,
            Optional<ReplacedNumbers> replaced,
            Optional<LowRankRows> added) implements StoredBlock {
        /** Checks that the parts are there. */
        public Packed {
            requireNonNull(vectors, "vectors is null");
            requireNonNull(direction, "direction is null");
            requireNonNull(replaced, "replaced is null");
            requireNonNull(added, "added is null");
            if (first < 0 || stride < 1 || from < 0 || tokens < 0) {
                throw new IllegalArgumentException("A block of " + tokens + " tokens cannot begin at vector " + first
                        + " and number " + from + " with every " + stride + "th vector.");
            }
        }
    }

    /**
     * Numbers that replace decoded ones. What belongs to vector i of the block, a token or a channel as in the packed
     * vectors, is row {@code first + stride * i}; place {@code from + j} of it is number j of the vector. Places beyond the
     * block's are of others.
     *
     * @param places U16 or I32 [rows, count], ascending in a row
     * @param values F16 or F32 [rows, count]
     * @param first  row of the block's first vector
     * @param stride distance of its rows
     * @param from   place of a vector's first number
     */
    record ReplacedNumbers(Tensor places, Tensor values, int first, int stride, int from) {
        /** Checks that places and values agree. */
        public ReplacedNumbers {
            requireNonNull(places, "places is null");
            requireNonNull(values, "values is null");
            if (!places.shape().equals(values.shape())) {
                throw new IllegalArgumentException(
                        "Places " + places.shape() + " and values " + values.shape() + " do not agree.");
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
