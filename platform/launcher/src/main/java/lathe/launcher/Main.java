package lathe.launcher;

import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;

import org.slf4j.LoggerFactory;

import lathe.engine.Engine;
import lathe.launcher.command.KeptMethodList;
import lathe.launcher.command.LatheCommand;
import lathe.launcher.command.MethodList;
import lathe.launcher.terminal.Terminal;
import lathe.runtime.registry.PluginSource;
import lathe.spi.LatheException;

/** The entry point of the {@code lathe} script. */
public final class Main {
    private Main() {}

    /**
     * Answers one command line and ends the process with its {@link ExitCode}.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        redirectErrors();
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        Installation installation = Installation.fromSystemProperties();
        if (arguments.length == 1 && arguments[0].equals("methods")) {
            listMethods(installation, out, err);
        }
        if (arguments.length == 1 && arguments[0].equals("--version")) {
            out.println(LatheCommand.VERSION);
            out.flush();
            Runtime.getRuntime().halt(ExitCode.DONE);
        }
        if (arguments.length > 1 && arguments[0].equals("generate") && !arguments[1].equals("--help")) {
            // Before several threads log: one that came while another sets the logging up would be told of on the terminal.
            LoggerFactory.getILoggerFactory();
            Thread.ofPlatform().daemon().name("lathe-engine-start").start(Main::startEngine);
        }
        int code = LatheCommand.execute(Platforms.startedFor(installation), out, err, arguments);
        out.flush();
        err.flush();
        System.exit(code);
    }

    /** Loads the native libraries while the command line is read: who asks for the engine waits for this or finds it made. */
    private static void startEngine() {
        try {
            Engine.shared();
        } catch (RuntimeException | LinkageError toldLater) {
            // The command asks again, and tells.
        }
    }

    /**
     * The commonest question, asked by scripts and completion too: without the time to load the command line library, to stop
     * the framework in order, and to log the exit; and without a framework at all while the list that an earlier start
     * printed still holds.
     */
    private static void listMethods(Installation installation, PrintWriter out, PrintWriter err) {
        int code = ExitCode.DONE;
        try {
            Terminal terminal = Terminal.fromSystemProperties();
            KeptMethodList kept = kept(installation, terminal);
            String text = kept == null ? null : kept.text();
            if (text == null) {
                text = list(installation, terminal, kept);
            }
            out.print(text);
        } catch (LatheException failure) {
            err.println(failure.getMessage());
            code = ExitCode.WRONG_INPUT;
        }
        out.flush();
        err.flush();
        Runtime.getRuntime().halt(code);
    }

    /** Null where nothing can be kept: no folder is named for it, or a jar cannot be read, as the list then says. */
    private static KeptMethodList kept(Installation installation, Terminal terminal) {
        String cache = System.getProperty("lathe.cache");
        try {
            return cache == null
                    ? null
                    : KeptMethodList.of(Path.of(cache), installation, terminal.tableWidth());
        } catch (IOException unreadable) {
            return null;
        }
    }

    private static String list(Installation installation, Terminal terminal, KeptMethodList kept) {
        StringWriter text = new StringWriter();
        Platform platform = Platform.start(installation);
        MethodList.print(platform, terminal, new PrintWriter(text));
        if (kept != null && platform.registry().view().sources().stream().allMatch(PluginSource::usable)) {
            kept.keep(text.toString());
        }
        platform.closeBeforeExit();
        return text.toString();
    }

    /**
     * The start script may name the descriptor that errors go to, because what the JVM itself writes to its own is filtered.
     * Where it cannot be opened (it is a socket, or the system has no such files), errors go through the filter too.
     */
    private static void redirectErrors() {
        String descriptor = System.getProperty("lathe.errors");
        if (descriptor != null) {
            try {
                System.setErr(new PrintStream(new FileOutputStream(descriptor, true), true, System.err.charset()));
            } catch (FileNotFoundException ignored) {
                // System.err stays what it is.
            }
        }
    }
}
