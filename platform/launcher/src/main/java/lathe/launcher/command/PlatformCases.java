package lathe.launcher.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.check.CaseOutcome;
import lathe.models.check.CheckpointCases;
import lathe.models.check.HostileCases;
import lathe.models.check.ModelCases;
import lathe.models.check.OperatorCases;
import lathe.models.check.RealModelCases;
import lathe.models.check.SamplingCases;
import lathe.models.check.TokenizerCases;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

/** Reference cases of the platform itself, beside those of methods. */
enum PlatformCases {
    /** What transformers computes with small models of many architectures. */
    MODELS("models", folder -> onCpu((compute, scope) -> ModelCases.runAll(folder, compute, scope))),
    /** What transformers computes with trained models. */
    MODELS_REAL("models-real", folder -> onCpu((compute, scope) -> RealModelCases.run(folder,
            Path.of(System.getProperty("lathe.shared", "../shared")), name -> true, compute, scope))),
    /** Texts and their tokens; a folder a tokenizer. */
    TOKENIZERS("tokenizers", TokenizerCases::runAll),
    /** How the next token is chosen of logits. */
    SAMPLING("sampling", folder -> onCpu((compute, scope) -> SamplingCases.run(folder, scope))),
    /** Single operators and numeric services. */
    OPS("ops", folder -> onCpu((compute, scope) -> OperatorCases.run(folder, Engine.shared(), compute, scope))),
    /** Quantised checkpoints in the layouts of other engines. */
    CHECKPOINTS("checkpoints", folder -> onCpu((compute, scope) -> CheckpointCases.run(folder, compute, scope))),
    /** Broken checkpoints, each to be refused with a sentence. */
    HOSTILE("hostile", HostileCases::run);

    private final String folder;
    private final Function<Path, List<CaseOutcome>> run;

    PlatformCases(String folder, Function<Path, List<CaseOutcome>> run) {
        this.folder = folder;
        this.run = run;
    }

    /** The group of a name, if it is one. */
    static Optional<PlatformCases> named(String name) {
        return Stream.of(values()).filter(group -> group.folder.equals(name)).findFirst();
    }

    /** The name of the group and of its folder. */
    String folder() {
        return folder;
    }

    /**
     * The folders of this group below some others.
     *
     * @param roots folders that hold a folder of this group, itself or in their folder {@code golden}; those without
     *              one are passed over
     * @return in the same order, none twice
     */
    List<Path> below(List<Path> roots) {
        Set<Path> found = new LinkedHashSet<>();
        for (Path root : roots) {
            Stream.of(root.resolve(folder), root.resolve("golden").resolve(folder)).filter(Files::isDirectory)
                    .findFirst().ifPresent(found::add);
        }
        return List.copyOf(found);
    }

    /**
     * Runs the cases of some folders.
     *
     * @param folders folders of this group
     * @return an outcome a case
     */
    List<CaseOutcome> run(List<Path> folders) {
        List<CaseOutcome> outcomes = new ArrayList<>();
        folders.forEach(cases -> outcomes.addAll(run.apply(cases)));
        return outcomes;
    }

    private static List<CaseOutcome> onCpu(BiFunction<Compute, Scope, List<CaseOutcome>> work) {
        Engine engine = Engine.shared();
        try (Compute compute = new CpuBackend(engine).open(engine.parallel()); Scope scope = engine.openScope()) {
            return work.apply(compute, scope);
        }
    }
}
