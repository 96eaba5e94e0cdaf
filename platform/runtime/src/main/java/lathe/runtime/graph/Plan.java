package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import com.typesafe.config.Config;

import lathe.report.PlotRequest;
import lathe.runtime.config.Problem;

/**
 * A checked experiment.
 *
 * @param file        the experiment file
 * @param name        its name
 * @param description one sentence about it, may be empty
 * @param seed        its seed
 * @param config      everything that the file says, resolved; empty if it cannot be read
 * @param included    the files that were read, the experiment's own first
 * @param nodes       the nodes in an order in which each comes after its inputs
 * @param tasks       the work in such an order, all sweep points together
 * @param plots       what the report is asked to show
 * @param problems    what is wrong; nothing can be run unless this is empty
 */
public record Plan(Path file, String name, String description, long seed, Optional<Config> config,
        List<Path> included, List<Node> nodes, List<Task> tasks, List<PlotRequest> plots, List<Problem> problems) {
    /** Copies the lists. */
    public Plan {
        requireNonNull(file, "file is null");
        requireNonNull(name, "name is null");
        requireNonNull(description, "description is null");
        requireNonNull(config, "config is null");
        included = List.copyOf(included);
        nodes = List.copyOf(nodes);
        tasks = List.copyOf(tasks);
        plots = List.copyOf(plots);
        problems = List.copyOf(problems);
    }
}
