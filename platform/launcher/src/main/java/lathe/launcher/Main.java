package lathe.launcher;

import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;

import lathe.launcher.command.LatheCommand;
import lathe.launcher.command.MethodList;
import lathe.launcher.terminal.Terminal;
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
        int code = LatheCommand.execute(Platforms.startedFor(installation), out, err, arguments);
        out.flush();
        err.flush();
        System.exit(code);
    }

    /**
     * The commonest question, asked by scripts and completion too: without the time to load the command line library, to stop
     * the framework in order, and to log the exit.
     */
    private static void listMethods(Installation installation, PrintWriter out, PrintWriter err) {
        int code = ExitCode.DONE;
        try {
            Platform platform = Platform.start(installation);
            MethodList.print(platform, Terminal.fromSystemProperties(), out);
            platform.closeBeforeExit();
        } catch (LatheException failure) {
            err.println(failure.getMessage());
            code = ExitCode.WRONG_INPUT;
        }
        out.flush();
        err.flush();
        Runtime.getRuntime().halt(code);
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
