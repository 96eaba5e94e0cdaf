package lathe.console;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

import lathe.spi.LatheException;

/** The console at a terminal: a prompt with completion and history until {@code exit} or the end of the input. */
public final class InteractiveConsole {
    private static final String PROMPT = "lathe> ";

    private InteractiveConsole() {}

    /**
     * Reads lines and answers them until the user leaves. The prompt is there at once: what the commands work on is made
     * ready meanwhile, and only the first line waits for it.
     *
     * @param host    gives what the commands work on, as soon as it is ready; asked once, on a thread of its own
     * @param history the file that keeps earlier lines
     * @param watch   starts to watch the plugins folder; is given what to tell the user of changes, and gives what to close
     * @throws LatheException if there is no terminal, or what the commands work on cannot be made ready
     */
    public static void run(Supplier<? extends ConsoleHost> host, Path history,
            Function<Consumer<List<String>>, AutoCloseable> watch) {
        requireNonNull(host, "host is null");
        requireNonNull(watch, "watch is null");
        try (Terminal terminal = terminal();
                PrintStream out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8)) {
            FutureTask<LatheConsole> console = new FutureTask<>(
                    () -> new LatheConsole(host.get(), terminal.input(), out));
            Supplier<LatheConsole> ready = () -> wait(console);
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("lathe")
                    .completer(new ConsoleCompleter(ready))
                    .variable(LineReader.HISTORY_FILE, history)
                    .build();
            FutureTask<AutoCloseable> watcher = new FutureTask<>(() -> {
                console.run();
                wait(console);
                return watch.apply(news -> news.forEach(reader::printAbove));
            });
            Thread.ofPlatform().daemon().name("lathe-console-start").start(watcher);
            try {
                loop(reader, ready, out);
            } finally {
                wait(watcher).close();
                wait(console).close();
            }
        } catch (IOException failure) {
            throw new LatheException("The terminal cannot be used: " + failure.getMessage(), failure);
        } catch (LatheException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException("The plugins folder is still watched", failure);
        }
    }

    /**
     * Asks the small native library alone: of all ways that are allowed JLine tries each, and one of them links to the
     * system's functions by way of method handles, which takes longer than everything else until the prompt. Where the
     * library does not serve, the others are asked; without a terminal none is. Nor is the terminal asked how wide it shows
     * joined letters: the prompt would wait for its answer, and one that comes late would stand in the line as if typed.
     */
    private static Terminal terminal() throws IOException {
        TerminalBuilder builder = TerminalBuilder.builder().system(true).graphemeCluster(false).ffm(false).exec(false);
        if (System.console() == null || !System.console().isTerminal()) {
            return builder.jni(false).dumb(true).build();
        }
        try {
            return builder.dumb(false).build();
        } catch (IOException | IllegalStateException | LinkageError withoutLibrary) {
            return TerminalBuilder.builder().system(true).graphemeCluster(false).dumb(true).build();
        }
    }

    private static <T> T wait(FutureTask<T> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException impatient) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("The console does not start", failure.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void loop(LineReader reader, Supplier<LatheConsole> ready, PrintStream out) {
        boolean warned = false;
        while (true) {
            String line;
            try {
                line = reader.readLine(PROMPT).strip();
            } catch (UserInterruptException cleared) {
                continue;
            } catch (EndOfFileException ended) {
                return;
            }
            LatheConsole console = ready.get();
            boolean leave = line.equals("exit") || line.equals("quit");
            if (leave && (warned || console.running() == 0)) {
                return;
            }
            if (leave) {
                out.println(console.running() + " runs in the background would be stopped; `exit` once more does so.");
                warned = true;
            } else if (!line.isEmpty()) {
                warned = false;
                console.execute(line);
            }
        }
    }
}
