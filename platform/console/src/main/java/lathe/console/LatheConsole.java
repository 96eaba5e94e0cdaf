package lathe.console;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.apache.felix.gogo.runtime.CommandNotFoundException;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;

import lathe.runtime.registry.NearestNames;
import lathe.spi.LatheException;

/** The interpreter: lines in, answers out. {@link InteractiveConsole} puts a terminal before it. */
public final class LatheConsole implements AutoCloseable {
    private static final String SCOPE = "lathe";
    private static final String BACKGROUND = "--background";

    private final ConsoleHost host;
    private final Jobs jobs = new Jobs();
    private final Map<String, Command> own = new LinkedHashMap<>();
    private final ThreadIOImpl streams = new ThreadIOImpl();
    private final CommandProcessorImpl processor;
    private final CommandSession session;
    private final PrintWriter out;

    /**
     * @param host what the commands work on
     * @param in   what commands may read
     * @param to   where answers and errors go
     */
    public LatheConsole(ConsoleHost host, InputStream in, PrintStream to) {
        this.host = requireNonNull(host, "host is null");
        this.out = new PrintWriter(requireNonNull(to, "to is null"), true);
        streams.start();
        processor = new CommandProcessorImpl(streams);
        session = processor.createSession(in, to, to);
        session.put("SCOPE", SCOPE + ":*");
        new PluginCommands(host).commands().forEach(this::addOwn);
        jobs.commands().forEach(this::addOwn);
        ProcessCommands.commands().forEach(this::addOwn);
        addOwn(new SimpleCommand("help [COMMAND]", "List the commands, or explain one.", "help run", this::help));
        host.commandNames().forEach(name -> add(name, arguments -> hosted(name, arguments)));
    }

    /**
     * A console without input.
     *
     * @param host what the commands work on
     * @param to   where answers and errors go
     */
    public LatheConsole(ConsoleHost host, PrintStream to) {
        this(host, new ByteArrayInputStream(new byte[0]), to);
    }

    private interface Answer {
        int to(List<String> arguments);
    }

    private void addOwn(Command command) {
        own.put(command.name(), command);
        add(command.name(), arguments -> command.execute(arguments, out));
    }

    private void add(String name, Answer answer) {
        Function function = (ignored, arguments) -> answer.to(arguments.stream().map(String::valueOf).toList());
        processor.addCommand(SCOPE, function, name);
    }

    private int hosted(String name, List<String> arguments) {
        List<String> line = new ArrayList<>(List.of(name));
        arguments.stream().filter(argument -> !argument.equals(BACKGROUND)).forEach(line::add);
        if (!arguments.contains(BACKGROUND)) {
            return host.execute(out, out, line);
        }
        Job job = jobs.start(line, writer -> host.execute(writer, writer, line));
        out.println(
                "Job " + job.number() + " runs in the background: `tail " + job.number() + "` shows how far it is.");
        return 0;
    }

    /**
     * Answers one line.
     *
     * @param line commands in the interpreter's language, such as {@code lathe:methods} or {@code methods}
     * @return 0 if it was done, otherwise the exit code of the command
     */
    public int execute(String line) {
        try {
            Object result = session.execute(line);
            if (result instanceof Integer code) {
                return code;
            }
            if (result != null) {
                out.println(session.format(result, Converter.INSPECT));
            }
            return 0;
        } catch (LatheException failure) {
            out.println(failure.getMessage());
        } catch (CommandNotFoundException failure) {
            String command = failure.getCommand();
            out.println("There is no command '" + command + "'." + NearestNames.hint(command, names())
                    + " `help` lists them.");
        } catch (Exception failure) {
            out.println("'" + line + "' cannot be answered: " + failure);
        } finally {
            out.flush();
        }
        return 2;
    }

    /**
     * The names of all commands.
     *
     * @return those of the command line and the console's own
     */
    public List<String> names() {
        List<String> names = new ArrayList<>(host.commandNames());
        names.addAll(own.keySet());
        return names;
    }

    /**
     * The host.
     *
     * @return what the commands work on
     */
    ConsoleHost host() {
        return host;
    }

    /** The numbers of all jobs, ended ones too. */
    List<String> jobNumbers() {
        return jobs.numbers();
    }

    /** How many runs are in the background. */
    int running() {
        return jobs.running().size();
    }

    private void help(List<String> arguments, PrintWriter to) {
        HelpLines lines = new HelpLines(to, host.columns());
        if (arguments.isEmpty()) {
            host.commands().forEach(lines::command);
            own.values().forEach(command -> lines.command(command.usage(), command.summary()));
            lines.command("exit", "Leave the console.");
            lines.text("`run FILE " + BACKGROUND
                    + "` runs in the background; Tab completes, the arrow keys find earlier lines.");
            return;
        }
        String name = arguments.getFirst();
        Command command = own.get(name);
        if (command != null) {
            lines.text(command.usage());
            lines.text(command.summary());
            lines.text("Example: " + command.example());
        } else if (host.commandNames().contains(name)) {
            host.execute(to, to, List.of(name, "--help"));
            lines.text(
                    "In the console, " + BACKGROUND + " after it lets it run in the background: `jobs` lists what runs"
                            + " there, `tail` shows how far it is, `cancel` stops it.");
        } else {
            throw new LatheException("There is no command '" + name + "'." + NearestNames.hint(name, names()));
        }
    }

    /** Ends the session; runs in the background are asked to stop. */
    @Override
    public void close() {
        jobs.running().forEach(Job::cancel);
        session.close();
        processor.stop();
        streams.stop();
    }
}
