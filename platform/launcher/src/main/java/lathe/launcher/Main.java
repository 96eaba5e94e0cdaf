package lathe.launcher;

import java.io.PrintWriter;

import lathe.launcher.command.LatheCommand;
import lathe.launcher.command.MethodList;
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
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        int code = answer(Platforms.startedFor(Installation.fromSystemProperties()), out, err, arguments);
        out.flush();
        err.flush();
        System.exit(code);
    }

    private static int answer(Platforms platforms, PrintWriter out, PrintWriter err, String... arguments) {
        if (arguments.length != 1 || !arguments[0].equals("methods")) {
            return LatheCommand.execute(platforms, out, err, arguments);
        }
        // The commonest question, asked by scripts and completion too, without the time to load the command line library.
        try {
            platforms.use(platform -> MethodList.print(platform, out));
            return ExitCode.DONE;
        } catch (LatheException failure) {
            err.println(failure.getMessage());
            return ExitCode.WRONG_INPUT;
        }
    }
}
