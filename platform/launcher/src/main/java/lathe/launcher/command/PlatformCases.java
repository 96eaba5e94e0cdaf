package lathe.launcher.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.check.CaseOutcome;
import lathe.models.check.HostileCases;
import lathe.models.check.ModelCases;
import lathe.models.check.SamplingCases;
import lathe.models.check.TokenizerCases;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

/** Reference cases of the platform itself, beside those of methods: models, sampling, tokenizers, broken files. */
enum PlatformCases {
    /** What transformers computes with small models of many architectures. */
    MODELS("models", PlatformCases::models),
    /** How the next token is chosen of logits. */
    SAMPLING("sampling", folder -> inScope(scope -> SamplingCases.run(folder, scope))),
    /** Texts and their tokens; a folder a tokenizer. */
    TOKENIZERS("tokenizers", folder -> all(folder, TokenizerCases::run)),
    /** Broken checkpoints, each to be refused with a sentence. */
    HOSTILE("hostile", HostileCases::run);

    private static final List<String> CONFIGS = List.of("config.json", "config-v4.json");

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
     * Runs the cases below some folders.
     *
     * @param roots folders that hold a folder of this group; those without one are passed over
     * @return an outcome a case
     */
    List<CaseOutcome> runBelow(List<Path> roots) {
        List<CaseOutcome> outcomes = new ArrayList<>();
        roots.stream().map(root -> root.resolve(folder)).filter(Files::isDirectory)
                .forEach(cases -> outcomes.addAll(run.apply(cases)));
        return outcomes;
    }

    private static List<CaseOutcome> models(Path folder) {
        Engine engine = Engine.shared();
        return inScope(scope -> {
            try (Compute compute = new CpuBackend(engine).open(engine.parallel())) {
                return all(folder, model -> {
                    List<CaseOutcome> outcomes = new ArrayList<>();
                    CONFIGS.stream()
                            .filter(config -> Files.isRegularFile(model.resolve(config)))
                            .forEach(config -> outcomes.addAll(ModelCases.run(model, config, compute, scope)));
                    return outcomes;
                });
            }
        });
    }

    private static List<CaseOutcome> inScope(Function<Scope, List<CaseOutcome>> work) {
        try (Scope scope = Engine.shared().openScope()) {
            return work.apply(scope);
        }
    }

    private static List<CaseOutcome> all(Path parent, Function<Path, List<CaseOutcome>> one) {
        try (Stream<Path> folders = Files.list(parent)) {
            List<CaseOutcome> outcomes = new ArrayList<>();
            folders.filter(Files::isDirectory).sorted().forEach(folder -> outcomes.addAll(one.apply(folder)));
            return outcomes;
        } catch (IOException failure) {
            throw new LatheException("The folder " + parent + " cannot be listed: " + failure.getMessage(), failure);
        }
    }
}
