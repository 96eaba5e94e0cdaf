package lathe.rsq;

import java.util.List;
import java.util.stream.Stream;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.model.Role;
import lathe.spi.tensor.DataType;

/**
 * Parameters of RSQ.
 *
 * @param bits         bits of a code
 * @param clip         shrinks the range of each row to the least error
 * @param strategy     what makes a token important: the attention it receives (attncon), the norm of its state (actnorm),
 *                     how little the block changes it (actdiff), its rarity in the calibration text (tokenfreq), its
 *                     distance from the other tokens (tokensim), or its place (chunk)
 * @param rMin         importance of the least important token of a sequence; equal to rMax for tokens that count alike
 * @param rMax         importance of the most important token of a sequence
 * @param chunks       with the strategy chunk: parts of equal length that a sequence is cut into
 * @param chosenChunks with the strategy chunk: the parts whose tokens count, from 0
 * @param applyModule  linears whose statistics are weighted, such as [q, k, v]; empty for all
 * @param rotateMode   how the model is rotated: by Hadamard matrices with random signs, by a random orthogonal matrix in
 *                     the residual stream, or not at all
 * @param expandFactor rotated copies of every calibration sequence, so that text is seen at several places of the window
 * @param percdamp     damping, as a fraction of the mean of the Hessian's diagonal
 * @param blocksize    columns corrected together; changes only rounding
 * @param scaleType    type in which scales are stored: F16, BF16 or F32
 */
public record RsqConfig(
        @Default("3") @Range("[2, 8]") int bits,
        @Default("true") boolean clip,
        @Default("attncon") Strategy strategy,
        @Default("0.005") @Range("[0, inf)") double rMin,
        @Default("1") @Range("(0, inf)") double rMax,
        @Default("4") @Range("[1, inf)") int chunks,
        @Default("[0]") List<Integer> chosenChunks,
        @Default("[]") List<String> applyModule,
        @Default("hadamard") RotateMode rotateMode,
        @Default("1") @Range("[1, inf)") int expandFactor,
        @Default("0.01") @Range("[0, inf)") double percdamp,
        @Default("128") @Range("[1, inf)") int blocksize,
        @Default("F16") DataType scaleType) {
    /** What makes a token important. */
    public enum Strategy {
        /** Attention that it receives, over all heads and queries. */
        ATTNCON,
        /** Norm of its state. */
        ACTNORM,
        /** How little the block changes its state. */
        ACTDIFF,
        /** How rare it is. */
        TOKENFREQ,
        /** Mean squared distance from all tokens of its sequence. */
        TOKENSIM,
        /** Its place in the sequence. */
        CHUNK
    }

    /** How the model is rotated. */
    public enum RotateMode {
        /** Hadamard matrices with random signs. */
        HADAMARD,
        /** A random orthogonal matrix in the residual stream, Hadamard matrices inside the blocks. */
        RANDOM,
        /** Not at all. */
        NONE
    }

    /** Copies the lists and checks that the range, the linears and the chunks are some. */
    public RsqConfig {
        chosenChunks = List.copyOf(chosenChunks);
        applyModule = List.copyOf(applyModule);
        scaleType.requireScale();
        for (String module : applyModule) {
            if (Role.labelled(module).filter(Role::isCompressible).isEmpty()) {
                throw new IllegalArgumentException("applyModule names no linear with '" + module + "': "
                        + String.join(", ", Stream.of(Role.values()).filter(Role::isCompressible).map(Role::label)
                                .toList())
                        + " would be some.");
            }
        }
        if (rMin > rMax) {
            throw new IllegalArgumentException("rMin is " + rMin + " and larger than rMax, " + rMax + ".");
        }
        for (int chunk : chosenChunks) {
            if (chunk < 0 || chunk >= chunks) {
                throw new IllegalArgumentException(
                        "There is no chunk " + chunk + " of " + chunks + ": they count from 0.");
            }
        }
        if (chosenChunks.isEmpty()) {
            throw new IllegalArgumentException("chosenChunks names no chunk, so that no token would count.");
        }
    }

    /** Whether the model is rotated. */
    boolean rotates() {
        return rotateMode != RotateMode.NONE;
    }
}
