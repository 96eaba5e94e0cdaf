package lathe.launcher.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import lathe.launcher.Platforms;
import lathe.launcher.terminal.Terminal;

/** {@code lathe methods}: every installed method with its bundle, and every bundle that is broken with the reason. */
@Command(name = "methods", description = "List the installed methods: id, kind, bundle, version, state. Broken bundles follow with the reason.")
final class MethodsCommand implements Runnable {
    private final Platforms platforms;
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    MethodsCommand(Platforms platforms, Terminal terminal) {
        this.terminal = terminal;
        this.platforms = platforms;
    }

    @Override
    public void run() {
        platforms.use(platform -> MethodList.print(platform, terminal, spec.commandLine().getOut()));
    }
}
