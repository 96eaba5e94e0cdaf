package lathe.launcher.command;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
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
import lathe.spi.backend.Coverage;

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
        TextTable left = new TextTable("backend", "leaves to the cpu", "why");
        List<String> computed = new ArrayList<>();
        add(table, "cpu", "(platform)", new CpuBackend());
        cover("cpu", Coverage.EVERYTHING, computed, left);
        platforms.use(platform -> {
            try (PluginLease lease = platform.registry().lease()) {
                for (InstalledMethod entry : lease.view().methods(Kind.BACKEND)) {
                    Backend backend = make(entry.method());
                    add(table, entry.id(), entry.source().bundle(), backend);
                    cover(entry.id(), backend.coverage(), computed, left);
                }
            }
        });
        table.print(out);
        out.println();
        computed.forEach(out::println);
        if (computed.size() > 1) {
            out.println();
            left.print(out);
        }
        out.flush();
    }

    private static <C extends Record> Backend make(Method<C> method) {
        Problems problems = new Problems();
        Optional<C> config = new RecordBinder(problems).bind(method.configType(), ConfigFactory.empty().root(),
                method.id());
        problems.throwIfAny();
        return (Backend) method.create(config.orElseThrow(), new BackendServices());
    }

    private static void cover(String id, Coverage coverage, List<String> computed, TextTable left) {
        computed.add(id + " computes " + String.join("; ", coverage.computed()) + ".");
        coverage.left().forEach((what, reason) -> left.row(id, what, reason));
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
