package lathe.launcher.command;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import lathe.launcher.Platforms;
import lathe.models.generation.Generation;
import lathe.models.generation.GenerationRequest;
import lathe.models.generation.Generator;
import lathe.models.generation.Sampling;
import lathe.models.generation.TextStream;
import lathe.models.tokenizer.Tokenizer;
import lathe.runtime.run.LentModel;

/** {@code lathe generate MODEL}: continues a text with a model of a folder, or of a node of an experiment. */
@Command(name = "generate", description = "Continue a text; prints it as it comes, then the speed.")
final class GenerateCommand implements Runnable {
    private final Platforms platforms;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOptions model;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "The text to continue (default: ${DEFAULT-VALUE}).")
    private String prompt = "It was";

    @Option(names = "--tokens", paramLabel = "N", description = "How many tokens at most (default: ${DEFAULT-VALUE}).")
    private int tokens = 64;

    @Option(names = "--temperature", paramLabel = "T", description = "0 takes the best token always, 1 draws as the model says (default: ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Draw among the K most likely tokens only.")
    private Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "Draw among the most likely tokens that make up P only.")
    private Double topP;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the draws (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End at this text; may be given several times.")
    private List<String> stops = List.of();

    GenerateCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public void run() {
        model.use(platforms, spec, this::generate);
    }

    private void generate(LentModel lent) {
        PrintWriter out = spec.commandLine().getOut();
        Tokenizer tokenizer = lent.tokenizer();
        int[] ids = tokenizer.encode(prompt);
        TextStream text = new TextStream(tokenizer, ids, stops, piece -> {
            out.print(piece);
            out.flush();
        });
        Set<Integer> ends = tokenizer.special().ends();
        GenerationRequest request = new GenerationRequest(ids, tokens, sampling(), ends, 0);
        out.print(prompt);
        Generation done = new Generator(lent.model(), lent.scope())
                .generate(List.of(request), (sequence, token) -> text.take(token))
                .getFirst();
        text.finish();
        out.println();
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        err.println(String.format(
                Locale.ROOT,
                "%d tokens after a prompt of %d: prompt %.2f s, then %.1f tokens/s; cache %.1f MiB",
                done.tokens().length,
                request.prompt().length,
                done.promptSeconds(),
                done.tokensPerSecond(),
                done.cacheBytes() / 1048576.0));
    }

    private Sampling sampling() {
        return new Sampling(temperature, Optional.ofNullable(topK), Optional.ofNullable(topP), Optional.empty(), 1,
                seed);
    }
}
