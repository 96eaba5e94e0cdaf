package lathe.launcher.command;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import lathe.console.ConsoleHost;
import lathe.console.InteractiveConsole;
import lathe.console.LatheConsole;
import lathe.launcher.ExitCode;
import lathe.launcher.Platform;
import lathe.launcher.Platforms;
import lathe.launcher.osgi.PluginWatcher;
import lathe.launcher.terminal.Terminal;
import lathe.runtime.registry.PluginRegistry;

/** {@code lathe console}: a process that stays, whose plugins folder is watched. */
@Command(name = "console", description = {
    "Open a console: the commands of the command line, plugins that can be installed, updated and removed while "
            + "experiments run, and runs in the background. No port is opened.",
    "The plugins folder is watched: a jar that is dropped there is ready for the next plan."
})
final class ConsoleCommand implements Callable<Integer> {
    private static final Set<String> NOT_INSIDE = Set.of("console", "completion", "serve");

    private final Platforms platforms;

    @Option(names = {"-c",
        "--command"}, paramLabel = "LINE", description = "Answer this line instead of reading lines from the terminal; may be given several times.")
    private List<String> lines = List.of();

    ConsoleCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public Integer call() {
        AtomicInteger code = new AtomicInteger(ExitCode.DONE);
        platforms.use(platform -> {
            Host host = new Host(platform);
            if (lines.isEmpty()) {
                InteractiveConsole.run(host, history(), told -> PluginWatcher.start(platform.plugins(), told));
            } else {
                code.set(answer(host));
            }
        });
        return code.get();
    }

    /** Answers the given lines; stops at the first that fails. */
    private int answer(ConsoleHost host) {
        PrintStream out = System.out;
        try (LatheConsole console = new LatheConsole(host, out)) {
            for (String line : lines) {
                int code = console.execute(line);
                if (code != ExitCode.DONE) {
                    return code;
                }
            }
            return ExitCode.DONE;
        }
    }

    private static Path history() {
        return Path.of(System.getProperty("lathe.cache", System.getProperty("java.io.tmpdir")), "console-history");
    }

    /** The started platform as the console sees it. */
    private record Host(Platform platform) implements ConsoleHost {
        @Override
        public Map<String, String> commands() {
            Map<String, String> commands = new LinkedHashMap<>();
            commandLine().getSubcommands().forEach((name, command) -> {
                String[] description = command.getCommandSpec().usageMessage().description();
                if (!NOT_INSIDE.contains(name) && description.length > 0) {
                    commands.put(name, description[0]);
                }
            });
            return commands;
        }

        @Override
        public int execute(PrintWriter out, PrintWriter err, List<String> arguments) {
            return commandLine().setOut(out).setErr(err).execute(arguments.toArray(String[]::new));
        }

        @Override
        public List<String> following(List<String> words) {
            CommandLine command = commandLine();
            for (String word : words) {
                command = command.getSubcommands().getOrDefault(word, command);
            }
            List<String> following = new ArrayList<>(command.getSubcommands().keySet());
            command.getCommandSpec().options().forEach(option -> following.add(option.longestName()));
            return following;
        }

        private CommandLine commandLine() {
            return LatheCommand.commandLine(Platforms.shared(platform), Terminal.NONE);
        }

        @Override
        public PluginRegistry registry() {
            return platform.registry();
        }

        @Override
        public Path pluginsFolder() {
            return platform.plugins().folder();
        }

        @Override
        public List<String> synchronizePlugins() {
            return platform.plugins().synchronize();
        }
    }
}
