package lathe.launcher.command;

import java.io.PrintWriter;
import java.util.Optional;

import com.typesafe.config.ConfigFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import lathe.engine.kernels.CpuBackend;
import lathe.launcher.Platforms;
import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordBinder;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginLease;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Method;
import lathe.spi.backend.Backend;

/** {@code lathe backends}: what can execute kernels here, and why the others cannot. */
@Command(name = "backends", description = "List what executes kernels: the processor, and installed backends with their state.")
final class BackendsCommand implements Runnable {
    private final Platforms platforms;

    @Spec
    private CommandSpec spec;

    BackendsCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        TextTable table = new TextTable("backend", "bundle", "state", "what it is");
        add(table, "cpu", "(platform)", new CpuBackend());
        platforms.use(platform -> {
            try (PluginLease lease = platform.registry().lease()) {
                for (InstalledMethod entry : lease.view().methods(Kind.BACKEND)) {
                    add(table, entry.id(), entry.source().bundle(), make(entry.method()));
                }
            }
        });
        table.print(out);
        out.flush();
    }

    private static <C extends Record> Backend make(Method<C> method) {
        Problems problems = new Problems();
        Optional<C> config = new RecordBinder(problems).bind(method.configType(), ConfigFactory.empty().root(),
                method.id());
        problems.throwIfAny();
        return (Backend) method.create(config.orElseThrow(), new BackendServices());
    }

    private static void add(TextTable table, String id, String bundle, Backend backend) {
        Optional<String> problem;
        try {
            problem = backend.unavailable();
        } catch (LatheException | LinkageError failure) {
            problem = Optional.of(String.valueOf(failure.getMessage()));
        }
        table.row(
                id,
                bundle,
                problem.isEmpty() ? "available" : "unavailable",
                problem.orElseGet(backend::description));
    }
}
