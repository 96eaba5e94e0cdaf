package lathe.launcher.command;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import lathe.launcher.Platforms;

/** {@code lathe check FILE}: says what an experiment would do, or everything that is wrong with it. */
@Command(name = "check", description = "Check an experiment without computing anything: list its plan, or everything that is wrong with it.")
final class CheckCommand implements Callable<Integer> {
    private final Platforms platforms;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ExperimentOptions experiment;

    CheckCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public Integer call() {
        AtomicInteger code = new AtomicInteger();
        platforms.use(platform -> code.set(PlanList.check(
                platform, experiment, spec.commandLine().getOut(), spec.commandLine().getErr())));
        return code.get();
    }
}
