package lathe.console;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.BiConsumer;

/** A command that is done when it returns. */
record SimpleCommand(String usage, String summary, String example, BiConsumer<List<String>, PrintWriter> action)
        implements
            Command {
    SimpleCommand {
        requireNonNull(usage, "usage is null");
        requireNonNull(summary, "summary is null");
        requireNonNull(example, "example is null");
        requireNonNull(action, "action is null");
    }

    @Override
    public int execute(List<String> arguments, PrintWriter out) {
        action.accept(arguments, out);
        return 0;
    }
}
