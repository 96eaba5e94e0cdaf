package lathe.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.google.gson.JsonObject;

/** Numbers that were measured with several seeds: their means with 95 % confidence intervals, for {@code results.json}. */
final class SeedMeans {
    private SeedMeans() {}

    /**
     * The same number with several seeds.
     *
     * @param row    one of the rows
     * @param seeds  how many seeds
     * @param spread mean and interval
     */
    record Mean(ResultRow row, int seeds, Spread spread) {
        JsonObject json() {
            JsonObject json = new JsonObject();
            json.addProperty("node", row.node());
            json.addProperty("subject", row.subject());
            json.addProperty("metric", row.metric());
            json.addProperty("protocol", row.protocol());
            json.add("mean", ResultsJson.of(spread.mean()));
            json.addProperty("unit", row.unit());
            json.add("low", ResultsJson.of(spread.low()));
            json.add("high", ResultsJson.of(spread.high()));
            json.add("point", ResultsJson.of(row.point()));
            json.addProperty("seeds", seeds);
            return json;
        }
    }

    /**
     * @param rows measured numbers
     * @return the means of those that more than one seed measured, in order
     */
    static List<Mean> of(List<ResultRow> rows) {
        Map<Object, Map<Long, ResultRow>> groups = new LinkedHashMap<>();
        for (ResultRow row : rows) {
            groups.computeIfAbsent(
                    List.of(row.node(), row.subject(), row.metric(), row.protocol(), row.unit(), row.point()),
                    key -> new LinkedHashMap<>()).put(row.seed(), row);
        }
        return groups.values().stream().filter(seeds -> seeds.size() > 1).map(seeds -> new Mean(
                seeds.values().iterator().next(), seeds.size(),
                Spread.of(seeds.values().stream().mapToDouble(ResultRow::value).toArray()))).toList();
    }
}
