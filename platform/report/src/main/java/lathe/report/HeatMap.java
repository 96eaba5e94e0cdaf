package lathe.report;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A matrix of numbers to be shown as colours, such as sparsity, bit width or attention mass a layer and head.
 *
 * @param title      what it shows
 * @param node       the node it belongs to
 * @param unit       unit of the numbers; empty for bare numbers
 * @param rowName    what a row is, such as {@code layer}
 * @param columnName what a column is, such as {@code head}
 * @param columns    names of the columns, such as {@code q, k, v}; empty to number them
 * @param values     the numbers, row by row; NaN where there is none; rows may differ in length
 */
public record HeatMap(String title, String node, String unit, String rowName, String columnName,
        List<String> columns, List<List<Double>> values) {

    /** Checks that all parts are there and copies the numbers. */
    public HeatMap {
        requireNonNull(title, "title is null");
        requireNonNull(node, "node is null");
        requireNonNull(unit, "unit is null");
        requireNonNull(rowName, "rowName is null");
        requireNonNull(columnName, "columnName is null");
        columns = List.copyOf(requireNonNull(columns, "columns is null"));
        values = requireNonNull(values, "values is null").stream().map(List::copyOf).toList();
    }

    /**
     * A matrix whose columns are numbered.
     *
     * @param title      what it shows
     * @param node       the node it belongs to
     * @param unit       unit of the numbers
     * @param rowName    what a row is
     * @param columnName what a column is
     * @param values     the numbers, row by row
     */
    public HeatMap(String title, String node, String unit, String rowName, String columnName,
            List<List<Double>> values) {
        this(title, node, unit, rowName, columnName, List.of(), values);
    }
}
