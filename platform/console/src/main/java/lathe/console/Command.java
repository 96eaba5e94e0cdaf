package lathe.console;

import java.io.PrintWriter;
import java.util.List;

/** A command of the console's own. */
interface Command {
    /** How it is written, such as {@code tail JOB}. */
    String usage();

    /** What it does, in one sentence. */
    String summary();

    /** An example of its use. */
    String example();

    /**
     * Answers it.
     *
     * @param arguments what was typed after its name
     * @param out       where results go
     * @return 0 if it was done
     */
    int execute(List<String> arguments, PrintWriter out);

    /** The name that begins its usage. */
    default String name() {
        return usage().split(" ", 2)[0];
    }
}
