package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import lathe.launcher.ExitCode;
import lathe.launcher.Platforms;
import lathe.launcher.terminal.Terminal;
import lathe.spi.LatheException;

/** The command {@code lathe} itself: its options for all commands, its help, and how errors are told. */
@Command(name = "lathe", mixinStandardHelpOptions = true, version = LatheCommand.VERSION, scope = ScopeType.INHERIT, synopsisSubcommandLabel = "COMMAND", description = "Makes language models smaller and faster, and measures what it costs.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
    "0:everything was done",
    "1:an experiment node failed, or a golden case differs",
    "2:the input was wrong",
    "3:a claim of a paper fails"
})
public final class LatheCommand implements Runnable {
    /** What {@code lathe --version} prints. */
    public static final String VERSION = "lathe 0.1.0";

    /** What the library takes at least, and what reads well. */
    private static final int NARROWEST_HELP = 55;
    private static final int WIDEST_HELP = 100;

    /** They speak of the other commands. */
    private static final Set<String> NEEDS_ALL = Set.of("completion", "help");

    @Spec
    private CommandSpec spec;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Print the stack trace of an error after its sentence.")
    private boolean debug;

    /** Whether the stack traces of errors are wanted. */
    boolean debug() {
        return debug;
    }

    /**
     * Answers one command line.
     *
     * @param platforms lends the platform to the command
     * @param out       where results go
     * @param err       where errors go
     * @param arguments the command line
     * @return an {@link ExitCode}
     */
    public static int execute(Platforms platforms, PrintWriter out, PrintWriter err, String... arguments) {
        if (arguments.length == 1 && arguments[0].equals("console")) {
            return openConsole(platforms, err);
        }
        if (arguments.length > 1 && arguments[0].equals("generate")) {
            Optional<GenerateArguments> plain = GenerateArguments.plain(arguments);
            if (plain.isPresent() && !Files.isRegularFile(plain.get().model())) {
                return generate(plain.get(), out, err);
            }
        }
        return commandLineFor(platforms, Terminal.fromSystemProperties(), arguments).setOut(out).setErr(err)
                .execute(arguments);
    }

    /** Without the command line library, whose loading would come before the prompt. */
    private static int openConsole(Platforms platforms, PrintWriter err) {
        try {
            ConsoleCommand.open(platforms);
            return ExitCode.DONE;
        } catch (RuntimeException failure) {
            return explain(failure, err, false);
        }
    }

    /** Without the library, too: its loading would come before the first token. */
    private static int generate(GenerateArguments arguments, PrintWriter out, PrintWriter err) {
        try {
            PlainModel.lend(PlainModel.folder(arguments.model()), new ContinuedText(arguments, out, err)::print);
            return ExitCode.DONE;
        } catch (RuntimeException failure) {
            return explain(failure, err, false);
        }
    }

    /** The names of all commands, in the order of the help. */
    static Set<String> names(Platforms platforms, Terminal terminal) {
        return commands(platforms, terminal).keySet();
    }

    /** With all commands. */
    static CommandLine commandLine(Platforms platforms, Terminal terminal) {
        return commandLine(commands(platforms, terminal), terminal);
    }

    /**
     * With the command alone that the arguments begin with, if they do: reading the annotations of the others takes a tenth of
     * a second that a short command does not have.
     */
    static CommandLine commandLineFor(Platforms platforms, Terminal terminal, String... arguments) {
        Map<String, Supplier<Object>> commands = commands(platforms, terminal);
        String first = arguments.length == 0 ? "" : arguments[0];
        boolean known = commands.containsKey(first) && !NEEDS_ALL.contains(first);
        return commandLine(known ? Map.of(first, commands.get(first)) : commands, terminal);
    }

    private static CommandLine commandLine(Map<String, Supplier<Object>> commands, Terminal terminal) {
        LatheCommand root = new LatheCommand();
        CommandLine commandLine = new CommandLine(root);
        commands.forEach((name, command) -> commandLine.addSubcommand(name, command.get()));
        CommandExamples.addTo(commandLine);
        if (terminal.output()) {
            commandLine.setUsageHelpWidth(Math.clamp(terminal.width(), NARROWEST_HELP, WIDEST_HELP));
        }
        commandLine.setExecutionExceptionHandler(root::explain);
        commandLine.setParameterExceptionHandler(LatheCommand::explainUsage);
        return commandLine;
    }

    /** Every command, made when it is asked for, in the order of the help. */
    private static Map<String, Supplier<Object>> commands(Platforms platforms, Terminal terminal) {
        requireNonNull(platforms, "platforms is null");
        requireNonNull(terminal, "terminal is null");
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("run", () -> new RunCommand(platforms, terminal));
        commands.put("check", () -> new CheckCommand(platforms));
        commands.put("graph", () -> new GraphCommand(platforms, terminal));
        commands.put("reproduce", () -> new ReproduceCommand(platforms, terminal));
        commands.put("rerun", () -> new RerunCommand(platforms, terminal));
        commands.put("diff", () -> new DiffCommand(terminal));
        commands.put("store", StoreCommand::new);
        commands.put("methods", () -> new MethodsCommand(platforms, terminal));
        commands.put("describe", () -> new DescribeCommand(platforms, terminal));
        commands.put("generate", () -> new GenerateCommand(platforms));
        commands.put("serve", () -> new ServeCommand(platforms));
        commands.put("export", ExportCommand::new);
        commands.put("golden", () -> new GoldenCommand(platforms));
        commands.put("matrix", () -> new MatrixCommand(platforms));
        commands.put("backends", () -> new BackendsCommand(platforms));
        commands.put("bench", BenchCommand::new);
        commands.put("new-plugin", NewPluginCommand::new);
        commands.put("console", () -> new ConsoleCommand(platforms));
        commands.put("completion", GenerateCompletion::new);
        commands.put("help", HelpCommand::new);
        return commands;
    }

    /** Called when no command was given. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say what to do: a command is missing.");
    }

    private int explain(Exception failure, CommandLine commandLine, ParseResult parsed) {
        return explain(failure, commandLine.getErr(), debug);
    }

    /**
     * Tells what went wrong: an error of the user's as its sentence, everything else as a bug of Lathe.
     *
     * @param failure what was thrown
     * @param err     where it is told
     * @param debug   whether the stack trace follows
     * @return the {@link ExitCode}
     */
    public static int explain(Throwable failure, PrintWriter err, boolean debug) {
        boolean forUser = failure instanceof LatheException;
        if (forUser) {
            err.println(failure.getMessage());
        } else {
            err.println("Lathe has a bug: " + failure
                    + (debug ? "" : ". Run the command again with --debug for the place where it happened."));
        }
        if (debug) {
            failure.printStackTrace(err);
        }
        return forUser ? ExitCode.WRONG_INPUT : ExitCode.FAILED;
    }

    private static int explainUsage(ParameterException failure, String[] arguments) {
        CommandLine commandLine = failure.getCommandLine();
        PrintWriter err = commandLine.getErr();
        err.println(failure.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("Run `" + commandLine.getCommandSpec().qualifiedName() + " --help` to see how it is used.");
        return ExitCode.WRONG_INPUT;
    }
}
