package lathe.spi.operator;

import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * Whole blocks are stored or missing (block-CSR).
 *
 * @param outFeatures  rows, a multiple of blockRows
 * @param inFeatures   columns, a multiple of blockColumns
 * @param blockRows    rows of a block
 * @param blockColumns columns of a block
 * @param rowStarts    I32 [out/blockRows+1], index of each block row's first block
 * @param columns      I32 [blocks], block column of each block, ascending within a block row
 * @param values       [blocks, blockRows, blockColumns], any float type
 */
public record BlockSparse(
        int outFeatures,
        int inFeatures,
        int blockRows,
        int blockColumns,
        Tensor rowStarts,
        Tensor columns,
        Tensor values) implements LinearOperator {
    /** Checks that all shapes agree. */
    public BlockSparse {
        Checks.positive("The rows of a block", blockRows);
        Checks.positive("The columns of a block", blockColumns);
        if (outFeatures % blockRows != 0 || inFeatures % blockColumns != 0) {
            throw new IllegalArgumentException("A weight of [" + outFeatures + ", " + inFeatures
                    + "] cannot be cut into blocks of [" + blockRows + ", " + blockColumns + "].");
        }
        Checks.type("Row starts", rowStarts, DataType.I32);
        Checks.shape("Row starts", rowStarts, outFeatures / blockRows + 1);
        Checks.type("Block columns", columns, DataType.I32);
        Checks.shape("Block values", values, columns.size(0), blockRows, blockColumns);
    }

    @Override
    public String form() {
        return "block-sparse";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = Parts.of("row_starts", rowStarts);
        parts.put("columns", columns);
        parts.put("values", values);
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        SequencedMap<String, String> attributes = Parts.of("out", Integer.toString(outFeatures));
        attributes.put("in", Integer.toString(inFeatures));
        return attributes;
    }
}
