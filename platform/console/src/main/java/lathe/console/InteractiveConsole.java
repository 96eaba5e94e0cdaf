package lathe.console;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

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
     * Reads lines and answers them until the user leaves.
     *
     * @param host    what the commands work on
     * @param history the file that keeps earlier lines
     * @param watch   starts to watch the plugins folder; is given what to tell the user of changes, and gives what to close
     * @throws LatheException if there is no terminal
     */
    public static void run(ConsoleHost host, Path history, Function<Consumer<List<String>>, AutoCloseable> watch) {
        requireNonNull(host, "host is null");
        try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build();
                PrintStream out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8);
                LatheConsole console = new LatheConsole(host, terminal.input(), out)) {
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("lathe")
                    .completer(new ConsoleCompleter(console))
                    .variable(LineReader.HISTORY_FILE, history)
                    .build();
            try (AutoCloseable watcher = watch.apply(news -> news.forEach(reader::printAbove))) {
                requireNonNull(watcher, "watcher is null");
                loop(reader, console, out);
            }
        } catch (IOException failure) {
            throw new LatheException("The terminal cannot be used: " + failure.getMessage(), failure);
        } catch (LatheException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException("The plugins folder is still watched", failure);
        }
    }

    private static void loop(LineReader reader, LatheConsole console, PrintStream out) {
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
