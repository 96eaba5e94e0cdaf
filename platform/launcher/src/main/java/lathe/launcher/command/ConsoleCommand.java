package lathe.launcher.command;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
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
import lathe.spi.LatheException;

/** {@code lathe console}: a process that stays, whose plugins folder is watched. */
@Command(name = "console", description = {
    "Open a console: the commands of the command line, plugins that can be installed, updated and removed while "
            + "experiments run, and runs in the background. No port is opened.",
    "The plugins folder is watched: a jar that is dropped there is ready for the next plan."
})
final class ConsoleCommand implements Callable<Integer> {
    private static final Set<String> NOT_INSIDE = Set.of("console", "completion", "serve", "help");

    private final Platforms platforms;

    @Option(names = {"-c",
        "--command"}, paramLabel = "LINE", description = "Answer this line instead of reading lines from the terminal; may be given several times.")
    private List<String> lines = List.of();

    ConsoleCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public Integer call() {
        if (lines.isEmpty()) {
            open(platforms);
            return ExitCode.DONE;
        }
        AtomicInteger code = new AtomicInteger(ExitCode.DONE);
        platforms.use(platform -> code.set(answer(new Host(platform))));
        return code.get();
    }

    /**
     * Opens the console at the terminal. The platform starts beside it: the prompt does not wait for the plugins.
     *
     * @param platforms lends the platform until the user leaves
     */
    static void open(Platforms platforms) {
        CompletableFuture<Platform> started = new CompletableFuture<>();
        CountDownLatch left = new CountDownLatch(1);
        Thread lender = Thread.ofPlatform().name("lathe-platform").start(() -> lend(platforms, started, left));
        try {
            InteractiveConsole.run(() -> new Host(started(started)), history(),
                    told -> PluginWatcher.start(started(started).plugins(), told));
        } finally {
            left.countDown();
            join(lender);
        }
    }

    private static void lend(Platforms platforms, CompletableFuture<Platform> started, CountDownLatch left) {
        try {
            platforms.use(platform -> {
                started.complete(platform);
                try {
                    left.await();
                } catch (InterruptedException ending) {
                    Thread.currentThread().interrupt();
                }
            });
        } catch (RuntimeException | Error failure) {
            if (!started.completeExceptionally(failure)) {
                throw failure;
            }
        }
    }

    private static Platform started(CompletableFuture<Platform> starting) {
        try {
            return starting.join();
        } catch (CompletionException failure) {
            throw failure.getCause() instanceof LatheException sentence ? sentence : failure;
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
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
    private static final class Host implements ConsoleHost {
        /** Tables fit the terminal; progress is told in lines, as it would redraw what the user types. */
        private static final Terminal RESULTS = new Terminal(
                Terminal.fromSystemProperties().output(), false, Terminal.fromSystemProperties().width());

        private final Platform platform;
        private Map<String, String> commands;

        Host(Platform platform) {
            this.platform = platform;
        }

        @Override
        public synchronized Map<String, String> commands() {
            if (commands == null) {
                commands = Collections.unmodifiableMap(described());
            }
            return commands;
        }

        private Map<String, String> described() {
            Map<String, String> commands = new LinkedHashMap<>();
            LatheCommand.commandLine(Platforms.shared(platform), Terminal.NONE).getSubcommands()
                    .forEach((name, command) -> {
                        String[] description = command.getCommandSpec().usageMessage().description();
                        if (!NOT_INSIDE.contains(name) && description.length > 0) {
                            commands.put(name, description[0]);
                        }
                    });
            return commands;
        }

        @Override
        public Set<String> commandNames() {
            Set<String> names = new LinkedHashSet<>(
                    LatheCommand.names(Platforms.shared(platform), Terminal.NONE));
            names.removeAll(NOT_INSIDE);
            return names;
        }

        @Override
        public int columns() {
            return RESULTS.tableWidth();
        }

        @Override
        public int execute(PrintWriter out, PrintWriter err, List<String> arguments) {
            String[] line = arguments.toArray(String[]::new);
            return commandLine(line).setOut(out).setErr(err).execute(line);
        }

        @Override
        public List<String> following(List<String> words) {
            CommandLine command = commandLine(words.toArray(String[]::new));
            for (String word : words) {
                command = command.getSubcommands().getOrDefault(word, command);
            }
            List<String> following = new ArrayList<>(command.getSubcommands().keySet());
            command.getCommandSpec().options().forEach(option -> following.add(option.longestName()));
            return following;
        }

        private CommandLine commandLine(String... arguments) {
            return LatheCommand.commandLineFor(Platforms.shared(platform), RESULTS, arguments);
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
