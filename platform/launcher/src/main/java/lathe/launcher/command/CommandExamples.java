package lathe.launcher.command;

import java.util.Map;

import picocli.CommandLine;

/** One example for each command, which its help shows on the command line and in the console. */
final class CommandExamples {
    /** Without the name of the program, so that a line can be typed in the console as it stands. */
    private static final Map<String, String> EXAMPLES = Map.ofEntries(
            Map.entry("run", "run experiments/quickstart.conf -D graph.wanda-50.sparsity=0.6"),
            Map.entry("check", "check experiments/quickstart.conf"),
            Map.entry("graph", "graph experiments/quickstart.conf --svg graph.svg"),
            Map.entry("reproduce", "reproduce wanda"),
            Map.entry("rerun", "rerun quickstart"),
            Map.entry("diff", "diff runs/quickstart/20260101-120000-1a2b3c quickstart"),
            Map.entry("store", "store gc --unreferenced --dry-run"),
            Map.entry("methods", "methods"),
            Map.entry("describe", "describe wanda"),
            Map.entry("generate", "generate experiments/models/lathe-tiny --prompt \"It was\" --tokens 32"),
            Map.entry("serve", "serve experiments/models/lathe-tiny --port 8000"),
            Map.entry("export", "export runs/quickstart --to exported --layout compressed-tensors"),
            Map.entry("golden", "golden wanda"),
            Map.entry("matrix", "matrix --update README.md"),
            Map.entry("backends", "backends"),
            Map.entry("bench", "bench --quick"),
            Map.entry("new-plugin", "new-plugin com.acme.mymethod --kind quantizer"),
            Map.entry("console", "console -c methods"),
            Map.entry("completion", "completion"),
            Map.entry("help", "help run"));

    private CommandExamples() {}

    /**
     * Puts the examples below the help.
     *
     * @param commandLine the command line with all its commands
     */
    static void addTo(CommandLine commandLine) {
        commandLine.getSubcommands().forEach((name, command) -> {
            String example = EXAMPLES.get(name);
            if (example != null) {
                command.getCommandSpec().usageMessage().footer("", "Example:", "  " + example.replace("%", "%%"));
            }
        });
    }

    /**
     * The example of a command.
     *
     * @param name the command
     * @return the line, null if it has none
     */
    static String of(String name) {
        return EXAMPLES.get(name);
    }
}
