package lathe.launcher.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import lathe.launcher.Platform;
import lathe.launcher.Platforms;
import lathe.launcher.terminal.Terminal;
import lathe.runtime.recipe.ClaimsFile;
import lathe.runtime.registry.PluginLease;
import lathe.testkit.golden.GoldenFolders;
import lathe.testkit.golden.GoldenReport;
import lathe.testkit.golden.GoldenResult;

/** {@code lathe methods}: every installed method with its bundle, and every bundle that is broken with the reason. */
@Command(name = "methods", description = "List the installed methods: id, kind, bundle, version, state. Broken bundles follow with the reason.")
final class MethodsCommand implements Runnable {
    private final Platforms platforms;
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(names = "--markdown", description = "As a table in Markdown, with papers.")
    private boolean markdown;

    @Option(names = "--golden", description = "With --markdown: compare all golden cases first and say how many are equal.")
    private boolean golden;

    @Option(names = "--claims", paramLabel = "FILE", description = "With --markdown: say how many claims hold by a file that `reproduce --all --json FILE` has written.")
    private Path claims;

    MethodsCommand(Platforms platforms, Terminal terminal) {
        this.terminal = terminal;
        this.platforms = platforms;
    }

    @Override
    public void run() {
        if (!markdown && (golden || claims != null)) {
            throw new ParameterException(spec.commandLine(), "--golden and --claims are for --markdown.");
        }
        platforms.use(this::print);
    }

    private void print(Platform platform) {
        if (!markdown) {
            MethodList.print(platform, terminal, spec.commandLine().getOut());
            return;
        }
        try (PluginLease lease = platform.registry().lease()) {
            Optional<List<GoldenResult>> cases = golden
                    ? Optional.of(GoldenReport.of(lease.view(), Optional.empty(), GoldenFolders.ofProperties()).rows())
                    : Optional.empty();
            new MethodTable(lease.view(), cases, Optional.ofNullable(claims).map(ClaimsFile::read))
                    .print(spec.commandLine().getOut());
        }
    }
}
