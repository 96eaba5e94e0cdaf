package lathe.launcher.matrix;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import lathe.engine.Engine;
import lathe.report.NodeRow;
import lathe.report.ResultRow;
import lathe.runtime.config.Problem;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginView;
import lathe.runtime.run.LatheRunner;
import lathe.runtime.run.ProgressListener;
import lathe.runtime.run.RunOptions;
import lathe.runtime.run.RunResult;
import lathe.spi.numeric.RandomStreams;

/**
 * Tries combinations of installed methods as an experiment would: the planner sees all of them, and what it accepts is run on
 * a small random model, whole and token by token through the cache.
 */
public final class CompositionMatrix {
    private static final String SENTENCE = "The %d-th apprentice oiled the lathe, set the speed and cut %d thin shavings. ";
    private static final int SENTENCES = 40;

    private final LatheRunner runner;
    private final PluginView view;
    private final Path folder;
    private final RandomStreams random;
    private final Set<InstalledMethod> ofExperts = new HashSet<>();

    /**
     * @param runner runs experiments with the installed methods
     * @param folder an empty folder for models and experiments
     * @param seed   what models and random combinations depend on
     */
    public CompositionMatrix(LatheRunner runner, Path folder, long seed) {
        this.runner = requireNonNull(runner, "runner is null");
        this.view = runner.methods();
        this.folder = requireNonNull(folder, "folder is null").toAbsolutePath();
        this.random = Engine.shared().random(seed, "matrix");
    }

    /**
     * Tries each method alone, all pairs across kinds and random combinations of three kinds.
     *
     * @param triples  how many random ones
     * @param listener hears how far the run is
     * @return every combination with what came of it, in that order
     * @throws IOException if the folder cannot be written
     */
    public MatrixResult run(int triples, ProgressListener listener) throws IOException {
        MatrixModels.writeDense(folder.resolve(ExperimentText.DENSE), random);
        MatrixModels.writeMixture(folder.resolve(ExperimentText.MIXTURE), random);
        Files.writeString(folder.resolve("text.txt"), text());
        Combinations all = new Combinations(view);
        List<Combination> combinations = new ArrayList<>(all.alone());
        combinations.addAll(all.pairs());
        combinations.addAll(all.triples(triples, random.stream("triples", 0)));
        Map<InstalledMethod, String> settings = settings(all.alone());
        return new MatrixResult(tried(combinations, settings, listener), settings);
    }

    private static String text() {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= SENTENCES; i++) {
            text.append(SENTENCE.formatted(i, i * i % 97));
        }
        return text.toString();
    }

    /**
     * For each method the first of its settings with which it is accepted alone, by the dense model or else by the one with
     * experts; the first of all if none is.
     */
    private Map<InstalledMethod, String> settings(List<Combination> alone) throws IOException {
        Map<InstalledMethod, String> chosen = accepted(alone);
        List<Combination> refused = alone.stream().filter(one -> !chosen.containsKey(one.methods().getFirst()))
                .toList();
        refused.forEach(one -> ofExperts.addAll(one.methods()));
        Map<InstalledMethod, String> byExperts = accepted(refused);
        ofExperts.retainAll(byExperts.keySet());
        chosen.putAll(byExperts);
        refused.forEach(one -> chosen.computeIfAbsent(one.methods().getFirst(),
                entry -> SmallSettings.of(entry.method()).getFirst()));
        return chosen;
    }

    private Map<InstalledMethod, String> accepted(List<Combination> alone) throws IOException {
        ExperimentText experiment = new ExperimentText(ofExperts);
        Map<InstalledMethod, Map<String, String>> nodes = new LinkedHashMap<>();
        for (Combination combination : alone) {
            InstalledMethod entry = combination.methods().getFirst();
            Map<String, String> candidates = new LinkedHashMap<>();
            SmallSettings.of(entry.method()).forEach(settings -> candidates.putIfAbsent(
                    experiment.add(combination, Map.of(entry, settings)).getFirst(), settings));
            nodes.put(entry, candidates);
        }
        Map<String, String> refused = refusals(experiment);
        Map<InstalledMethod, String> chosen = new HashMap<>();
        nodes.forEach((entry, candidates) -> candidates.keySet().stream().filter(node -> !refused.containsKey(node))
                .findFirst().ifPresent(node -> chosen.put(entry, candidates.get(node))));
        return chosen;
    }

    private List<Tried> tried(List<Combination> combinations, Map<InstalledMethod, String> settings,
            ProgressListener listener) throws IOException {
        Map<Combination, String> refused = new HashMap<>();
        ExperimentText everything = new ExperimentText(ofExperts);
        Map<Combination, List<String>> nodes = new LinkedHashMap<>();
        combinations.forEach(combination -> nodes.put(combination, everything.add(combination, settings)));
        Map<String, String> reasons = refusals(everything);
        nodes.forEach((combination, chain) -> chain.stream().filter(reasons::containsKey).findFirst()
                .ifPresent(node -> refused.put(combination, reasons.get(node))));
        Map<Combination, Tried> ran = accepted(
                combinations.stream().filter(combination -> !refused.containsKey(combination)).toList(), settings,
                listener);
        return combinations.stream().map(combination -> refused.containsKey(combination)
                ? Tried.refused(combination, refused.get(combination))
                : ran.get(combination)).toList();
    }

    private Map<Combination, Tried> accepted(List<Combination> combinations, Map<InstalledMethod, String> settings,
            ProgressListener listener) throws IOException {
        ExperimentText experiment = new ExperimentText(ofExperts);
        Map<Combination, List<String>> nodes = new LinkedHashMap<>();
        for (Combination combination : combinations) {
            List<String> chain = new ArrayList<>(experiment.add(combination, settings));
            chain.add(experiment.judge(chain.getLast()));
            nodes.put(combination, chain);
        }
        if (nodes.isEmpty()) {
            return Map.of();
        }
        RunResult result = runner.run(write(experiment), options().with(listener));
        Map<String, NodeRow> rows = result.report().nodes().stream()
                .collect(Collectors.toMap(NodeRow::name, row -> row));
        Map<String, List<ResultRow>> numbers = result.report().results().stream()
                .collect(Collectors.groupingBy(ResultRow::node));
        Map<Combination, Tried> tried = new HashMap<>();
        nodes.forEach((combination, chain) -> tried.put(combination, judged(combination, chain, rows,
                numbers.getOrDefault(chain.getLast(), List.of()))));
        return tried;
    }

    private static Tried judged(Combination combination, List<String> chain, Map<String, NodeRow> rows,
            List<ResultRow> numbers) {
        Optional<String> failure = chain.stream().map(rows::get).filter(row -> !row.status().succeeded())
                .map(row -> row.verb() + ": " + row.failure().orElse(row.status().word())).findFirst();
        if (failure.isPresent()) {
            return Tried.fails(combination, failure.get());
        }
        boolean finite = !numbers.isEmpty() && numbers.stream().allMatch(row -> Double.isFinite(row.value()));
        return finite ? Tried.works(combination) : Tried.fails(combination, "A result is not finite.");
    }

    /** What the planner says against an experiment, by node. */
    private Map<String, String> refusals(ExperimentText experiment) throws IOException {
        Map<String, String> sentences = new HashMap<>();
        for (Problem problem : runner.check(write(experiment), options()).problems()) {
            String[] path = problem.path().split("\\.");
            if (path.length < 2 || !path[0].equals("graph")) {
                throw new IllegalStateException("The matrix writes experiments that are wrong: " + problem);
            }
            sentences.putIfAbsent(path[1], experiment.readable(problem.sentence()));
        }
        return sentences;
    }

    private Path write(ExperimentText experiment) throws IOException {
        return Files.writeString(folder.resolve("matrix.conf"), experiment.text());
    }

    private RunOptions options() {
        return RunOptions.in(folder.resolve("runs")).withoutStore();
    }
}
