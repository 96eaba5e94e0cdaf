package lathe.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;

import lathe.spi.LatheException;

/**
 * The file {@code results.json} of a run folder:
 * <pre>
 * { "run":     {format, name, description, started, seconds, facts, lineage},
 *   "nodes":   [{name, verb, method, status, seconds, address, error?, where?, inputs?, point?, config?,
 *               notes?: [{title, node, unit, row, column, columns?, values}]}],
 *   "results": [{node, subject, metric, protocol, value, unit, low, high, point, seed}],
 *   "means"?: [{node, subject, metric, protocol, mean, unit, low, high, point, seeds}],
 *   "plots"?, "heatmaps"?, "warnings"?,
 *   "claims"?: [{says, where, verdict, holds, numbers, reason}] }
 * </pre>
 *
 * {@code means} are those over the seeds of {@code repeat}, with 95 % confidence intervals. One row stands on one line, so that text tools can compare two runs. JSON has no NaN and no infinities: they are
 * written as the strings {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}, and read back from them.
 */
public final class ResultsFile {
    /** The file's name in a run folder. */
    public static final String NAME = "results.json";
    /** Version of the layout; a reader refuses newer ones. */
    static final long FORMAT = 1;

    private static final Gson COMPACT = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private ResultsFile() {}

    /**
     * @param file a {@code results.json}, or the run folder that holds it
     * @return what was written to it
     * @throws LatheException when the file cannot be read, is damaged or was written by a newer version
     */
    public static RunReport read(Path file) {
        Path actual = Files.isDirectory(file) ? file.resolve(NAME) : file;
        String text;
        try {
            text = Files.readString(actual, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new LatheException("There is no results file " + actual
                    + ". A run folder holds one once its run has ended; name such a folder or the file in it.", e);
        } catch (IOException e) {
            throw new LatheException("The results file " + actual + " cannot be read: " + e.getMessage() + ".", e);
        }
        return new ResultsReader(actual.toString()).parse(text);
    }

    /**
     * @param report what to write
     * @return the text of the file
     */
    static String write(RunReport report) {
        StringBuilder text = new StringBuilder("{\n\"run\": ");
        text.append(COMPACT.toJson(ResultsJson.run(report.run())));
        append(text, "nodes", report.nodes(), ResultsJson::node);
        append(text, "results", report.results(), ResultsJson::result);
        List<SeedMeans.Mean> means = SeedMeans.of(report.results());
        if (!means.isEmpty()) {
            append(text, "means", means, SeedMeans.Mean::json);
        }
        if (!report.plots().isEmpty()) {
            append(text, "plots", report.plots(), ResultsJson::plot);
        }
        if (!report.heatMaps().isEmpty()) {
            append(text, "heatmaps", report.heatMaps(), ResultsJson::heatMap);
        }
        if (!report.warnings().isEmpty()) {
            append(text, "warnings", report.warnings(), ResultsJson::of);
        }
        if (!report.claims().isEmpty()) {
            append(text, "claims", report.claims(), ResultsJson::claim);
        }
        return text.append("\n}\n").toString();
    }

    private static <T> void append(StringBuilder text, String key, List<T> rows, Function<T, JsonElement> json) {
        text.append(",\n\"").append(key).append("\": [");
        String separator = "\n  ";
        for (T row : rows) {
            text.append(separator).append(COMPACT.toJson(json.apply(row)));
            separator = ",\n  ";
        }
        text.append(rows.isEmpty() ? "]" : "\n]");
    }
}
