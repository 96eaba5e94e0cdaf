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
        int code = answer(Platforms.startedFor(Installation.fromSystemProperties()), out, err, arguments);
        out.flush();
        err.flush();
        System.exit(code);
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

    private static int answer(Platforms platforms, PrintWriter out, PrintWriter err, String... arguments) {
        if (arguments.length != 1 || !arguments[0].equals("methods")) {
            return LatheCommand.execute(platforms, out, err, arguments);
        }
        // The commonest question, asked by scripts and completion too, without the time to load the command line library.
        try {
            platforms.use(platform -> MethodList.print(platform, Terminal.fromSystemProperties(), out));
            return ExitCode.DONE;
        } catch (LatheException failure) {
            err.println(failure.getMessage());
            return ExitCode.WRONG_INPUT;
        }
    }
}
