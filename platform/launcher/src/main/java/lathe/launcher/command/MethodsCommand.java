package lathe.launcher.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import lathe.launcher.Installation;

/** {@code lathe methods}: every installed method with its bundle, and every bundle that is broken with the reason. */
@Command(name = "methods", description = "List the installed methods: id, kind, bundle, version, state. Broken bundles follow with the reason.")
final class MethodsCommand implements Runnable {
    private final Installation installation;

    @Spec
    private CommandSpec spec;

    MethodsCommand(Installation installation) {
        this.installation = installation;
    }

    @Override
    public void run() {
        MethodList.print(installation, spec.commandLine().getOut());
    }
}
