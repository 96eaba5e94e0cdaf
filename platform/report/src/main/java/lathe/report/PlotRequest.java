package lathe.report;

import static java.util.Objects.requireNonNull;

/**
 * A plot that the experiment's {@code report { plots = [...] }} asks for.
 *
 * @param kind  the sort of plot
 * @param x     a metric (pareto, bar: the metric shown) or a sweep key (line, heat map)
 * @param y     a metric (pareto, line) or a sweep key (heat map); empty for bars
 * @param value the metric shown as colour; empty for all but heat maps
 */
public record PlotRequest(PlotKind kind, String x, String y, String value) {

    /** Checks that all parts are there. */
    public PlotRequest {
        requireNonNull(kind, "kind is null");
        requireNonNull(x, "x is null");
        requireNonNull(y, "y is null");
        requireNonNull(value, "value is null");
    }

    /**
     * @param kind the sort of plot
     * @param x    what lies along
     * @param y    what goes up
     * @return a request without a third dimension
     */
    public static PlotRequest of(PlotKind kind, String x, String y) {
        return new PlotRequest(kind, x, y, "");
    }
}
