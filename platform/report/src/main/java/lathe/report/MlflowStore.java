package lathe.report;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import lathe.spi.LatheException;

/**
 * Writes results as a file store of MLflow ({@code mlflow ui --backend-store-uri DIR} shows it): an experiment there is an
 * experiment here, a run there is what was judged here, at one sweep point with one seed, with its numbers as metrics, its
 * node's configuration as parameters, and the report as an artifact.
 */
public final class MlflowStore {
    private static final int FINISHED = 3;
    private static final int FAILED = 4;
    /** Longer values are cut: MLflow refuses them. */
    private static final int LONGEST = 6000;

    private final Path root;

    /**
     * @param root the folder of the store, {@code mlruns} by MLflow's custom; made when it is not there
     */
    public MlflowStore(Path root) {
        this.root = requireNonNull(root, "root is null").toAbsolutePath().normalize();
    }

    /** What becomes one run of MLflow. */
    private record Judged(String subject, Map<String, Object> point, long seed) {
        String name() {
            return subject + point.entrySet().stream().map(key -> " " + key.getKey() + "=" + key.getValue())
                    .collect(Collectors.joining());
        }
    }

    /**
     * Writes a run's results.
     *
     * @param report what to write
     * @param folder the run folder, of which the report is copied
     * @throws LatheException when the store cannot be written; what was there before is untouched
     */
    public void write(RunReport report, Path folder) {
        Path experiment = root.resolve(experiment(report.run().name()));
        try {
            Files.createDirectories(experiment);
            if (!Files.exists(experiment.resolve("meta.yaml"))) {
                put(experiment, "meta.yaml", experimentMeta(experiment, report.run()));
            }
            Map<Judged, List<ResultRow>> runs = report.results().stream().collect(Collectors.groupingBy(
                    row -> new Judged(row.subject(), row.point(), row.seed()), LinkedHashMap::new,
                    Collectors.toList()));
            for (Map.Entry<Judged, List<ResultRow>> run : runs.entrySet()) {
                write(report, folder, experiment, run.getKey(), run.getValue());
            }
        } catch (IOException e) {
            throw new LatheException("The MLflow store " + root + " cannot be written: "
                    + e.getClass().getSimpleName().replace("Exception", "") + " (" + e.getMessage()
                    + "). Name a folder that can be written to and has space left.", e);
        }
    }

    /** MLflow's experiments have numbers for names; ours follows from the name, so that all its runs meet. */
    private static String experiment(String name) {
        return new BigInteger(1, digest(name)).mod(BigInteger.TEN.pow(18)).toString();
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    private static String experimentMeta(Path experiment, RunSummary run) {
        long now = run.started().toEpochMilli();
        return yaml("artifact_location", experiment.toUri().toString(), "creation_time", now, "experiment_id",
                experiment.getFileName().toString(), "last_update_time", now, "lifecycle_stage", "active", "name",
                run.name());
    }

    private static void write(RunReport report, Path folder, Path experiment, Judged judged, List<ResultRow> rows)
            throws IOException {
        String id = HexFormat.of().formatHex(digest(folder.getFileName() + "/" + judged.name() + "/" + judged.seed()),
                0, 16);
        Path place = experiment.resolve(id);
        Path staged = experiment.getParent().resolve(".staged-" + UUID.randomUUID());
        try {
            Files.createDirectories(staged.resolve("artifacts"));
            put(staged, "meta.yaml", runMeta(report, place, judged, id));
            tags(report, folder, judged).forEach((key, value) -> entry(staged, "tags", key, value));
            params(report, judged).forEach((key, value) -> entry(staged, "params", key, value));
            metrics(rows, report.run().started()).forEach((key, line) -> entry(staged, "metrics", key, line));
            for (String name : List.of(ReportWriter.PAGE, "resolved.conf", "lineage.json")) {
                if (Files.isRegularFile(folder.resolve(name))) {
                    Files.copy(folder.resolve(name), staged.resolve("artifacts").resolve(name));
                }
            }
            remove(place);
            Files.move(staged, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            remove(staged);
        }
    }

    private static String runMeta(RunReport report, Path place, Judged judged, String id) {
        RunSummary run = report.run();
        boolean failed = report.nodes().stream().anyMatch(node -> node.name().equals(judged.subject())
                && !node.status().succeeded());
        Instant end = run.started().plusMillis((long) (1000 * run.seconds()));
        return yaml("artifact_uri", place.resolve("artifacts").toUri().toString(), "end_time", end.toEpochMilli(),
                "entry_point_name", "", "experiment_id", place.getParent().getFileName().toString(), "lifecycle_stage",
                "active", "run_id", id, "run_name", judged.name(), "run_uuid", id, "source_name", "", "source_type", 4,
                "source_version", "", "start_time", run.started().toEpochMilli(), "status", failed ? FAILED : FINISHED,
                "tags", List.of(), "user_id", System.getProperty("user.name", ""));
    }

    private static Map<String, String> tags(RunReport report, Path folder, Judged judged) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("mlflow.runName", judged.name());
        tags.put("mlflow.user", System.getProperty("user.name", ""));
        tags.put("mlflow.source.type", "LOCAL");
        tags.put("mlflow.source.name", report.run().facts().getOrDefault("experiment", report.run().name()));
        tags.put("mlflow.note.content", report.run().description());
        tags.put("lathe.run", folder.toAbsolutePath().normalize().toString());
        return tags;
    }

    /** The configuration of the judged node, its sweep point and the seed. */
    private static Map<String, String> params(RunReport report, Judged judged) {
        Map<String, String> params = new LinkedHashMap<>();
        report.nodes().stream()
                .filter(node -> node.name().equals(judged.subject()) && judged.point().entrySet().containsAll(
                        node.point().entrySet()))
                .findFirst().ifPresent(node -> flatten("", node.config(), params));
        judged.point().forEach((key, value) -> params.put(key, String.valueOf(value)));
        params.put("seed", Long.toString(judged.seed()));
        return params;
    }

    private static void flatten(String prefix, Map<?, ?> config, Map<String, String> params) {
        config.forEach((key, value) -> {
            if (value instanceof Map<?, ?> inner) {
                flatten(prefix + key + ".", inner, params);
            } else {
                params.put(prefix + key, String.valueOf(value));
            }
        });
    }

    /** {@code timestamp value step} by metric; the ends of an interval are metrics of their own. */
    private static Map<String, String> metrics(List<ResultRow> rows, Instant started) {
        Map<String, String> metrics = new LinkedHashMap<>();
        for (ResultRow row : rows) {
            String name = row.metric() + (row.protocol().isEmpty() ? "" : "." + row.protocol());
            metrics.put(name, line(started, row.value()));
            row.lowEnd().ifPresent(low -> metrics.put(name + ".low", line(started, low)));
            row.highEnd().ifPresent(high -> metrics.put(name + ".high", line(started, high)));
        }
        return metrics;
    }

    /** Python's spelling of what is not finite. */
    private static String line(Instant time, double value) {
        String number = Double.isNaN(value) ? "nan"
                : Double.isInfinite(value) ? (value > 0 ? "inf" : "-inf") : Double.toString(value);
        return time.toEpochMilli() + " " + number + " 0\n";
    }

    private static void entry(Path run, String folder, String key, String value) {
        try {
            // Letters, digits and _ - . and blanks are what MLflow allows in names.
            String name = key.replaceAll("[^A-Za-z0-9_. -]", "_").strip();
            Path file = run.resolve(folder).resolve(name.matches("\\.*") ? "_" + name : name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, value.length() <= LONGEST ? value : value.substring(0, LONGEST));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(Path folder, String name, String text) throws IOException {
        Path staged = folder.resolve("." + name + "." + UUID.randomUUID());
        Files.writeString(staged, text);
        Files.move(staged, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Keys and values in turn; texts in quotes, since a number in quotes is a text. */
    private static String yaml(Object... pairs) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            Object value = pairs[i + 1];
            lines.add(pairs[i] + ": " + (value instanceof String text ? quoted(text) : value));
        }
        return String.join("\n", lines) + "\n";
    }

    /** Double quotes with escapes hold every text on one line. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            switch (letter) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                default -> {
                    if (letter < ' ' || letter == 0x7F || letter == 0x85 || letter == 0x2028 || letter == 0x2029) {
                        quoted.append(String.format("\\u%04x", (int) letter));
                    } else {
                        quoted.append(letter);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }

    private static void remove(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }
}
