package lathe.spi.operator;

import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * Compressed sparse rows: for few entries, such as outliers.
 *
 * @param outFeatures rows
 * @param inFeatures  columns
 * @param rowStarts   I32 [out+1], index of each row's first value
 * @param columns     column of each value, ascending within a row; U16 if in is at most 65536, else I32
 * @param values      one vector, any float type
 */
public record Csr(int outFeatures, int inFeatures, Tensor rowStarts, Tensor columns, Tensor values)
        implements
            LinearOperator {
    /** Checks that all shapes agree. */
    public Csr {
        Checks.positive("The number of rows", outFeatures);
        Checks.positive("The number of columns", inFeatures);
        Checks.type("Row starts", rowStarts, DataType.I32);
        Checks.shape("Row starts", rowStarts, outFeatures + 1);
        Checks.type("Columns", columns, DataType.U16, DataType.I32);
        Checks.shape("Values", values, columns.size(0));
    }

    @Override
    public String form() {
        return "csr";
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
        return Parts.of("in", Integer.toString(inFeatures));
    }
}
