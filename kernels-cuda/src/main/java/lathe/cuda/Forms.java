package lathe.cuda;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

import lathe.spi.LatheException;
import lathe.spi.backend.Coverage;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.BlockSparse;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Custom;
import lathe.spi.operator.Dense;
import lathe.spi.operator.DictionarySparse;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.LowRank;
import lathe.spi.operator.Masked;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TileQuantized;

/** What the backend computes and what it leaves to the CPU, in words. */
final class Forms {
    private static final String DENSE = "Dense weights are left to the CPU: their product is cuBLAS' affair, which this "
            + "backend does not call.";
    private static final String TILES = "Tile-quantized weights are left to the CPU: their codes of 1 to 8 bits lie by "
            + "tiles of sixteen rows.";
    private static final String CODEBOOK = "Codebook weights are left to the CPU: there is no kernel that looks codes up.";
    private static final String BITMASK = "Bitmask weights are left to the CPU: where a value lies is known only by "
            + "counting the bits before it.";
    private static final String CSR = "CSR weights are left to the CPU: outliers are too few to fill a device.";
    private static final String BLOCKS = "Block-sparse weights are left to the CPU: there is no kernel for them.";
    private static final String LOW_RANK = "Low-rank weights are left to the CPU: their factors are dense products.";
    private static final String DICTIONARY = "Dictionary weights are left to the CPU: there is no kernel for them.";
    private static final String ROTATED = "Rotated weights are left to the CPU, whatever the order and stride of the "
            + "rotation: there is no kernel that rotates an input.";
    private static final String MASKED = "Masked weights are left to the CPU: they are made for training.";
    private static final String SUM = "Sums of weights are left to the CPU: their terms have no kernel that adds to a "
            + "result.";
    private static final String CUSTOM = "Weights of a method's own form are left to the CPU, which runs their code.";

    static final String OBSERVATION = "Attention whose probabilities are to be recorded is left to the CPU.";
    static final String NO_OPERATION = " is left to the CPU: the CUDA backend has no kernel for it.";

    static final Coverage COVERAGE = new Coverage(
            List.of("group-quantized weights of 4 bits, symmetric and asymmetric, any group size",
                    "n-m weights 2:4 and 4:8 of plain values",
                    "attention over every plan, heads of up to 256, grouped queries, soft caps and sliding windows"),
            left());

    private Forms() {}

    private static SequencedMap<String, String> left() {
        SequencedMap<String, String> left = new LinkedHashMap<>();
        left.put("dense", DENSE);
        left.put("group-quantized", "Codes of other than 4 bits, and groups of columns that do not lie together, are "
                + "left to the CPU.");
        left.put("tile-quantized", TILES);
        left.put("codebook", CODEBOOK);
        left.put("bitmask", BITMASK);
        left.put("n-m", "Other patterns than 2:4 and 4:8, and values in codes, are left to the CPU.");
        left.put("block-sparse", BLOCKS);
        left.put("csr", CSR);
        left.put("low-rank", LOW_RANK);
        left.put("dictionary", DICTIONARY);
        left.put("rotated", ROTATED);
        left.put("masked", MASKED);
        left.put("sum", SUM);
        left.put("custom", CUSTOM);
        left.put("recorded attention", OBSERVATION);
        left.put("activations, norms, rotary, embedding",
                "What comes between products is left to the CPU: there are no kernels for it.");
        return left;
    }

    /** Why a weight is not taken, empty if it is. */
    static Optional<String> refusal(LinearOperator operator) {
        return switch (operator) {
            case GroupQuantized quantized -> Int4Weight.refusal(quantized);
            case NmSparse sparse -> NmWeight.refusal(sparse);
            case Dense form -> Optional.of(DENSE);
            case TileQuantized form -> Optional.of(TILES);
            case Codebook form -> Optional.of(CODEBOOK);
            case BitmaskSparse form -> Optional.of(BITMASK);
            case BlockSparse form -> Optional.of(BLOCKS);
            case Csr form -> Optional.of(CSR);
            case LowRank form -> Optional.of(LOW_RANK);
            case DictionarySparse form -> Optional.of(DICTIONARY);
            case Rotated form -> Optional.of(ROTATED);
            case Masked form -> Optional.of(MASKED);
            case Sum form -> Optional.of(SUM);
            case Custom form -> Optional.of(CUSTOM);
        };
    }

    /** The error of an operation that there is no kernel for. */
    static LatheException noKernel(String operation) {
        return new LatheException(operation + NO_OPERATION);
    }
}
