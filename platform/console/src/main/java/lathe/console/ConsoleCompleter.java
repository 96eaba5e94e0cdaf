package lathe.console;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import org.jline.builtins.Completers.FileNameCompleter;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginSource;

/** Completes commands, then what a command takes: subcommands, options, method ids, bundles, jobs, runs, keys, files. */
final class ConsoleCompleter implements Completer {
    private static final Set<String> OF_METHODS = Set.of("describe", "golden");
    private static final Set<String> OF_BUNDLES = Set.of("update", "remove");
    private static final Set<String> OF_JOBS = Set.of("tail", "cancel");
    private static final Set<String> OF_RUNS = Set.of("results", "rerun", "diff", "export");
    private static final String OVERRIDE = "-D";

    private final Supplier<LatheConsole> ready;
    private final Completer files = new FileNameCompleter();

    /**
     * @param ready gives the console, and waits where it is not ready
     */
    ConsoleCompleter(Supplier<LatheConsole> ready) {
        this.ready = ready;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        LatheConsole console = ready.get();
        if (line.wordIndex() == 0) {
            add(console.names(), candidates);
            add(List.of("exit"), candidates);
            return;
        }
        List<String> before = line.words().subList(0, line.wordIndex());
        String command = before.getFirst();
        List<String> following = console.host().following(before);
        if (line.word().startsWith(OVERRIDE) || before.getLast().equals(OVERRIDE)) {
            overrides(console, line.word(), before, candidates);
        } else if (line.word().startsWith("-")) {
            add(following, candidates);
        } else if (command.equals("help")) {
            add(console.names(), candidates);
        } else {
            add(following.stream().filter(word -> !word.startsWith("-")).toList(), candidates);
            add(ids(console, command, line.wordIndex()), candidates);
            if (!OF_METHODS.contains(command) && !OF_JOBS.contains(command)) {
                files.complete(reader, line, candidates);
            }
        }
    }

    private static List<String> ids(LatheConsole console, String command, int index) {
        if (OF_METHODS.contains(command)) {
            return console.host().registry().view().methods().stream().map(InstalledMethod::id).distinct().toList();
        } else if (OF_BUNDLES.contains(command) && index == 1) {
            return console.host().registry().view().sources().stream().map(PluginSource::bundle).distinct().toList();
        } else if (OF_JOBS.contains(command) && index == 1) {
            return console.jobNumbers();
        }
        return OF_RUNS.contains(command) ? ProcessCommands.runNames() : List.of();
    }

    /** Keys of the experiment that the line names before, with the equals sign that follows them. */
    private static void overrides(LatheConsole console, String word, List<String> before, List<Candidate> candidates) {
        String prefix = word.startsWith(OVERRIDE) ? OVERRIDE : "";
        ExperimentKeys keys = new ExperimentKeys(console.host().registry().view());
        before.stream().filter(name -> name.endsWith(".conf")).findFirst()
                .ifPresent(file -> keys.of(Path.of(file)).forEach(
                        key -> candidates.add(new Candidate(prefix + key + "=", key, null, null, null, null, false))));
    }

    private static void add(List<String> words, List<Candidate> candidates) {
        words.forEach(word -> candidates.add(new Candidate(word)));
    }
}
