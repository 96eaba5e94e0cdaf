package lathe.console;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.runtime.registry.PluginRegistry;

/** What the console asks of the process that it runs in. */
public interface ConsoleHost {
    /**
     * The commands of the command line that make sense here, each with its one-line description.
     *
     * @return description by name, in the order of the help
     */
    Map<String, String> commands();

    /**
     * The names of {@link #commands()}, which a host may know without making up their descriptions.
     *
     * @return names in the order of the help
     */
    default Set<String> commandNames() {
        return commands().keySet();
    }

    /**
     * Columns that a line of help may take.
     *
     * @return the terminal's width; without a limit where there is none
     */
    default int columns() {
        return Integer.MAX_VALUE;
    }

    /**
     * Answers one of {@link #commands()} as the command line would.
     *
     * @param out       where results go
     * @param err       where errors and progress go
     * @param arguments the command and its arguments
     * @return the exit code that the process would have
     */
    int execute(PrintWriter out, PrintWriter err, List<String> arguments);

    /**
     * What may follow on a line: the subcommands and options of one of {@link #commands()}.
     *
     * @param words the words before, the command first
     * @return words in the order of the help
     */
    default List<String> following(List<String> words) {
        return List.of();
    }

    /**
     * The installed methods.
     *
     * @return the registry
     */
    PluginRegistry registry();

    /**
     * The folder whose jars are installed.
     *
     * @return the plugins folder
     */
    Path pluginsFolder();

    /**
     * Reads the plugins folder again.
     *
     * @return what was done, a sentence a file
     */
    List<String> synchronizePlugins();
}
