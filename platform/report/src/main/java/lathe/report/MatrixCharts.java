package lathe.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Heat maps.
 */
final class MatrixCharts {
    private MatrixCharts() {}

    /**
     * What stands around a heat map.
     *
     * @param x       what a column is
     * @param y       what a row is
     * @param columns names of the columns
     * @param rows    names of the rows
     */
    record Frame(String x, String y, List<String> columns, List<String> rows) {}

    /**
     * @param map a matrix that a node handed over
     * @return its chart; empty when it holds no finite number
     */
    static Optional<Chart> of(HeatMap map) {
        List<Chart.HeatCell> cells = new ArrayList<>();
        int width = 0;
        for (int row = 0; row < map.values().size(); row++) {
            List<Double> numbers = map.values().get(row);
            width = Math.max(width, numbers.size());
            for (int column = 0; column < numbers.size(); column++) {
                double value = numbers.get(column);
                if (Double.isFinite(value)) {
                    cells.add(new Chart.HeatCell(column, row, value, Numbers.plain(value)));
                }
            }
        }
        if (cells.isEmpty()) {
            return Optional.empty();
        }
        List<String> columns = map.columns().size() < width ? indices(width) : map.columns();
        Frame frame = new Frame(map.columnName(), map.rowName(), columns, indices(map.values().size()));
        String note = map.node().isEmpty() ? map.unit() : "Node " + map.node()
                + (map.unit().isEmpty() ? "." : ", in " + map.unit() + ".");
        return Optional.of(chart(map.title(), note, frame, cells));
    }

    /**
     * @param title its heading
     * @param note  how to read it
     * @param frame what stands around it
     * @param cells its numbers, at least one
     * @return the chart
     */
    static Chart chart(String title, String note, Frame frame, List<Chart.HeatCell> cells) {
        double low = cells.stream().mapToDouble(Chart.HeatCell::value).min().orElseThrow();
        double high = cells.stream().mapToDouble(Chart.HeatCell::value).max().orElseThrow();
        return new Chart("heatmap", title, note,
                new Chart.Heat(frame.x(), frame.y(), frame.columns(), frame.rows(), cells, low, high));
    }

    private static List<String> indices(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }
}
