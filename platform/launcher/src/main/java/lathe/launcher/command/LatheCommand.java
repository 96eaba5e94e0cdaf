package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;

import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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
@Command(name = "lathe", mixinStandardHelpOptions = true, version = "lathe 0.1.0", scope = ScopeType.INHERIT, synopsisSubcommandLabel = "COMMAND", description = "Makes language models smaller and faster, and measures what it costs.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
    "0:everything was done",
    "1:an experiment node failed, or a golden case differs",
    "2:the input was wrong",
    "3:a claim of a paper fails"
})
public final class LatheCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Print the stack trace of an error after its sentence.")
    private boolean debug;

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
        return commandLine(platforms, Terminal.fromSystemProperties()).setOut(out).setErr(err).execute(arguments);
    }

    static CommandLine commandLine(Platforms platforms, Terminal terminal) {
        requireNonNull(platforms, "platforms is null");
        requireNonNull(terminal, "terminal is null");
        LatheCommand root = new LatheCommand();
        CommandLine commandLine = new CommandLine(root)
                .addSubcommand(new RunCommand(platforms, terminal))
                .addSubcommand(new CheckCommand(platforms))
                .addSubcommand(new GraphCommand(platforms, terminal))
                .addSubcommand(new ReproduceCommand(platforms, terminal))
                .addSubcommand(new RerunCommand(platforms, terminal))
                .addSubcommand(new DiffCommand(terminal))
                .addSubcommand(new StoreCommand())
                .addSubcommand(new MethodsCommand(platforms, terminal))
                .addSubcommand(new DescribeCommand(platforms, terminal))
                .addSubcommand(new GenerateCommand(platforms))
                .addSubcommand(new ServeCommand(platforms))
                .addSubcommand(new ExportCommand())
                .addSubcommand(new GoldenCommand(platforms))
                .addSubcommand(new MatrixCommand(platforms))
                .addSubcommand(new BackendsCommand(platforms))
                .addSubcommand(new BenchCommand())
                .addSubcommand(new NewPluginCommand())
                .addSubcommand(new ConsoleCommand(platforms))
                .addSubcommand("completion", new GenerateCompletion());
        CommandExamples.addTo(commandLine);
        commandLine.setExecutionExceptionHandler(root::explain);
        commandLine.setParameterExceptionHandler(LatheCommand::explainUsage);
        return commandLine;
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
