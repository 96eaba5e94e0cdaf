package lathe.launcher;

import java.io.PrintWriter;

import lathe.launcher.command.LatheCommand;

/** The entry point of the {@code lathe} script. */
public final class Main {
    private Main() {}

    /**
     * Answers one command line and ends the process with its {@link ExitCode}.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        int code = LatheCommand.execute(Installation.fromSystemProperties(), out, err, arguments);
        out.flush();
        err.flush();
        System.exit(code);
    }
}
