package lathe.console;

import java.util.List;
import java.util.Set;

import org.jline.builtins.Completers.FileNameCompleter;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginSource;

/** Completes commands, then what a command takes: method ids, bundles, files. */
final class ConsoleCompleter implements Completer {
    private static final Set<String> OF_METHODS = Set.of("describe", "golden");
    private static final Set<String> OF_BUNDLES = Set.of("update", "remove");

    private final LatheConsole console;
    private final Completer files = new FileNameCompleter();

    ConsoleCompleter(LatheConsole console) {
        this.console = console;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        if (line.wordIndex() == 0) {
            add(console.names(), candidates);
            add(List.of("exit"), candidates);
            return;
        }
        String command = line.words().getFirst();
        if (command.equals("help")) {
            add(console.names(), candidates);
        } else if (OF_METHODS.contains(command)) {
            add(console.host().registry().view().methods().stream().map(InstalledMethod::id).distinct().toList(),
                    candidates);
        } else if (OF_BUNDLES.contains(command) && line.wordIndex() == 1) {
            add(console.host().registry().view().sources().stream().map(PluginSource::bundle).toList(), candidates);
        } else {
            files.complete(reader, line, candidates);
        }
    }

    private static void add(List<String> words, List<Candidate> candidates) {
        words.forEach(word -> candidates.add(new Candidate(word)));
    }
}
