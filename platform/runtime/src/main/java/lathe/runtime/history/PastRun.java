package lathe.runtime.history;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;

import lathe.report.ResultsFile;
import lathe.report.RunReport;
import lathe.runtime.config.Places;
import lathe.runtime.registry.NearestNames;
import lathe.spi.LatheException;

/**
 * A run that has ended, as its folder tells it.
 *
 * @param folder of the run
 * @param report its nodes, numbers and lineage
 * @param config everything that the experiment said, resolved
 */
public record PastRun(Path folder, RunReport report, Config config) {
    private static final String RESOLVED = "resolved.conf";

    /** Checks that all parts are there. */
    public PastRun {
        requireNonNull(folder, "folder is null");
        requireNonNull(report, "report is null");
        requireNonNull(config, "config is null");
    }

    /**
     * Finds and reads a run.
     *
     * @param name a run's folder, or an experiment's name, which stands for its last run
     * @param runs the folder in which experiments' names are looked up
     * @return the run
     * @throws LatheException if there is none, or its files cannot be read
     */
    public static PastRun find(String name, Path runs) {
        Path given = Path.of(name);
        if (Files.isRegularFile(given.resolve(ResultsFile.NAME))) {
            return read(given);
        }
        for (Path experiment : List.of(given, runs.resolve(name))) {
            Optional<Path> last = last(experiment);
            if (last.isPresent()) {
                return read(last.get());
            }
        }
        throw new LatheException("There is no run " + name + ": it is neither a folder with " + ResultsFile.NAME
                + " nor an experiment with runs in " + Places.shown(runs) + "." + NearestNames.hint(name, names(runs)));
    }

    /** Folders of runs begin with their time. */
    private static Optional<Path> last(Path experiment) {
        if (!Files.isDirectory(experiment)) {
            return Optional.empty();
        }
        try (Stream<Path> folders = Files.list(experiment)) {
            return folders.filter(folder -> Files.isRegularFile(folder.resolve(ResultsFile.NAME))).max(
                    Path::compareTo);
        } catch (IOException failure) {
            throw new LatheException("The folder " + Places.shown(experiment) + " cannot be read: "
                    + failure.getMessage() + ".", failure);
        }
    }

    private static List<String> names(Path runs) {
        if (!Files.isDirectory(runs)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(runs)) {
            return folders.map(folder -> folder.getFileName().toString()).filter(name -> !name.startsWith("."))
                    .toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    /**
     * Reads a run.
     *
     * @param folder of the run
     * @return the run
     * @throws LatheException if its files cannot be read
     */
    public static PastRun read(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        Path resolved = absolute.resolve(RESOLVED);
        try {
            String text = Files.readString(resolved, StandardCharsets.UTF_8);
            return new PastRun(absolute, ResultsFile.read(absolute), ConfigFactory.parseString(text));
        } catch (IOException | ConfigException failure) {
            throw new LatheException(Places.shown(resolved) + " cannot be read: " + failure.getMessage() + ".",
                    failure);
        }
    }

    /** What the run depended on. */
    Map<String, Object> lineage() {
        return report.run().lineage();
    }

    /** The folder that the run was started in, if its own lies in a folder of runs there. */
    Path origin() {
        Path runs = folder.getParent() == null ? null : folder.getParent().getParent();
        return runs == null || runs.getParent() == null ? Path.of("").toAbsolutePath() : runs.getParent();
    }
}
