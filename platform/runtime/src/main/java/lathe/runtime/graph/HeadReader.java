package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;

import lathe.report.PlotKind;
import lathe.report.PlotRequest;
import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordBinder;
import lathe.spi.Default;

/** Reads what an experiment says beside its graph. */
public final class HeadReader {
    private final Problems problems;
    private final RecordBinder binder;

    HeadReader(Problems problems) {
        this.problems = requireNonNull(problems, "problems is null");
        this.binder = new RecordBinder(problems);
    }

    private record Report(@Default("[]") List<Plot> plots, Optional<ConfigValue> mlflow) {}

    private record Plot(PlotKind kind, String x, Optional<String> y, Optional<String> value) {}

    String name(Config config, String otherwise) {
        return text(config, "name", otherwise);
    }

    String description(Config config) {
        return text(config, "description", "");
    }

    private static String text(Config config, String key, String otherwise) {
        return config.hasPath(key) && config.getValue(key).unwrapped() instanceof String text ? text : otherwise;
    }

    long seed(Config config) {
        if (!config.hasPath("seed")) {
            return 0;
        }
        ConfigValue value = config.getValue("seed");
        if (value.unwrapped() instanceof Integer || value.unwrapped() instanceof Long) {
            return ((Number) value.unwrapped()).longValue();
        }
        problems.add(value.origin(), "seed", "This must be a whole number.");
        return 0;
    }

    List<PlotRequest> plots(Config config) {
        checkName(config);
        if (!config.hasPath("report")) {
            return List.of();
        }
        if (!(config.getValue("report") instanceof com.typesafe.config.ConfigObject object)) {
            problems.add(config.getValue("report").origin(), "report", "This must be an object with plots.");
            return List.of();
        }
        List<PlotRequest> plots = new ArrayList<>();
        binder.bind(Report.class, object, "report").ifPresent(report -> report.plots().forEach(plot -> plots.add(
                new PlotRequest(plot.kind(), plot.x(), plot.y().orElse(""), plot.value().orElse("")))));
        ConfigValue mlflow = object.get("mlflow");
        if (mlflow != null && !(mlflow.unwrapped() instanceof Boolean) && !(mlflow.unwrapped() instanceof String)) {
            problems.add(mlflow.origin(), "report.mlflow",
                    "This must be true, or the folder of a file store of MLflow.");
        }
        return plots;
    }

    /**
     * Where the experiment wants its results as a file store of MLflow, too: {@code report.mlflow} is true for the custom place,
     * or a folder.
     *
     * @param config the experiment
     * @param custom the folder that is meant by true
     * @return the folder; empty if it does not want that
     */
    public static Optional<Path> mlflow(Config config, Path custom) {
        if (!config.hasPath("report.mlflow")) {
            return Optional.empty();
        }
        String wanted = String.valueOf(config.getValue("report.mlflow").unwrapped());
        return switch (wanted) {
            case "false" -> Optional.empty();
            case "true" -> Optional.of(custom);
            default -> Optional.of(Path.of(wanted));
        };
    }

    private void checkName(Config config) {
        if (config.hasPath("name")) {
            ConfigValue value = config.getValue("name");
            boolean good = value.unwrapped() instanceof String name && name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
            if (!good) {
                problems.add(value.origin(), "name",
                        "The name becomes a folder: it has letters, digits, '.', '-' and '_' only.");
            }
        }
    }
}
