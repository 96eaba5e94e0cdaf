package lathe.launcher.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import lathe.launcher.Platforms;
import lathe.models.generation.Sampling;

/** {@code lathe generate MODEL}: continues a text with a model of a folder, or of a node of an experiment. */
@Command(name = "generate", description = "Continue a text; prints it as it comes, then the speed.")
final class GenerateCommand implements Runnable {
    private final Platforms platforms;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOptions model;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "The text to continue; give either it or --prompt-file (default: It was).")
    private String prompt;

    @Option(names = "--prompt-file", paramLabel = "FILE", description = "A file with the text to continue, instead of --prompt; - for standard input. A newline at its end is left off.")
    private Path promptFile;

    @Option(names = "--tokens", paramLabel = "N", description = "How many tokens at most (default: ${DEFAULT-VALUE}).")
    private int tokens = GenerateArguments.DEFAULT.tokens();

    @Option(names = "--temperature", paramLabel = "T", description = "0 takes the best token always, 1 draws as the model says (default: ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Draw among the K most likely tokens only.")
    private Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "Draw among the most likely tokens that make up P only.")
    private Double topP;

    @Option(names = "--min-p", paramLabel = "P", description = "Draw among the tokens with at least P of the most likely one's probability only.")
    private Double minP;

    @Option(names = "--repetition-penalty", paramLabel = "R", description = "Make tokens that were there before less likely: above 1 less, 1 changes nothing (default: ${DEFAULT-VALUE}).")
    private double repetitionPenalty = 1;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the draws (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End at this text; may be given several times.")
    private List<String> stops = List.of();

    GenerateCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public void run() {
        GenerateArguments arguments = arguments();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        model.use(platforms, spec, new ContinuedText(arguments, out, err)::print);
    }

    /** As they were read. */
    GenerateArguments arguments() {
        Sampling sampling = new Sampling(temperature, Optional.ofNullable(topK), Optional.ofNullable(topP),
                Optional.ofNullable(minP), repetitionPenalty, seed);
        return new GenerateArguments(model.path(), source(), tokens, sampling, stops);
    }

    private PromptSource source() {
        if (prompt != null && promptFile != null) {
            throw new ParameterException(spec.commandLine(), "Give --prompt or --prompt-file, not both.");
        }
        if (promptFile != null) {
            return PromptSource.of(promptFile);
        }
        return prompt == null ? GenerateArguments.DEFAULT.prompt() : new PromptSource.Text(prompt);
    }
}
