package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import lathe.models.generation.Sampling;
import lathe.spi.LatheException;

/**
 * What {@code lathe generate} is asked for, of a model as it lies in its folder.
 *
 * @param model    a folder, or the name of a model that comes along
 * @param prompt   where the text to continue comes from
 * @param tokens   how many at most
 * @param sampling how they are chosen
 * @param stops    texts that end it
 */
record GenerateArguments(Path model, PromptSource prompt, int tokens, Sampling sampling, List<String> stops) {
    /** Used where the command line says nothing. */
    static final GenerateArguments DEFAULT = new GenerateArguments(Path.of(""), new PromptSource.Text("It was"), 64,
            Sampling.GREEDY, List.of());

    /** Checks the parts. */
    GenerateArguments {
        requireNonNull(model, "model is null");
        requireNonNull(prompt, "prompt is null");
        requireNonNull(sampling, "sampling is null");
        stops = List.copyOf(stops);
        if (tokens < 0) {
            throw new LatheException("--tokens is " + tokens + "; it must be 0 or more.");
        }
    }

    /**
     * Reads the plainest form of a command line without the command line library, whose classes are too old for the JVM's
     * archives and take a third of the time to the first token: a model, and options of generation with their values as the
     * next words. Whatever else it holds, mistakes above all, is the library's.
     *
     * @param arguments the command line, {@code generate} first
     * @return what is asked for; empty if the library must read it
     */
    static Optional<GenerateArguments> plain(String... arguments) {
        GenerateArguments read = DEFAULT;
        boolean named = false;
        Set<String> given = new HashSet<>();
        try {
            for (int i = 1; i < arguments.length; i++) {
                if (!arguments[i].startsWith("-") && !named && !arguments[i].isEmpty()) {
                    read = read.withModel(Path.of(arguments[i]));
                    named = true;
                } else if (i + 1 < arguments.length && isPlainValue(arguments[i], arguments[i + 1])
                        && (given.add(arguments[i]) || arguments[i].equals("--stop"))) {
                    read = read.with(arguments[i], arguments[++i]);
                } else {
                    return Optional.empty();
                }
            }
        } catch (IllegalArgumentException | LatheException toldByTheLibrary) {
            return Optional.empty();
        }
        boolean twoPrompts = given.contains("--prompt") && given.contains("--prompt-file");
        return named && !twoPrompts ? Optional.of(read) : Optional.empty();
    }

    /** The library takes off quotes, and a word that begins with a dash for an option. */
    private static boolean isPlainValue(String option, String word) {
        if (word.equals("-")) {
            return option.equals("--prompt-file");
        }
        return !word.startsWith("-") && !word.startsWith("\"") && !word.startsWith("'") && !word.startsWith("@");
    }

    private GenerateArguments withModel(Path folder) {
        return new GenerateArguments(folder, prompt, tokens, sampling, stops);
    }

    private GenerateArguments withPrompt(PromptSource source) {
        return new GenerateArguments(model, source, tokens, sampling, stops);
    }

    private GenerateArguments withSampling(Sampling other) {
        return new GenerateArguments(model, prompt, tokens, other, stops);
    }

    private GenerateArguments with(String option, String value) {
        return switch (option) {
            case "--prompt" -> withPrompt(new PromptSource.Text(value));
            case "--prompt-file" -> withPrompt(PromptSource.of(Path.of(value)));
            case "--tokens" -> new GenerateArguments(model, prompt, Integer.parseInt(value), sampling, stops);
            case "--temperature" ->
                withSampling(new Sampling(Double.parseDouble(value), sampling.topK(), sampling.topP(),
                        sampling.minP(), sampling.repetitionPenalty(), sampling.seed()));
            case "--top-k" -> withSampling(sampling.withTopK(Integer.parseInt(value)));
            case "--top-p" -> withSampling(sampling.withTopP(Double.parseDouble(value)));
            case "--min-p" -> withSampling(sampling.withMinP(Double.parseDouble(value)));
            case "--repetition-penalty" -> withSampling(sampling.withRepetitionPenalty(Double.parseDouble(value)));
            case "--seed" -> withSampling(new Sampling(sampling.temperature(), sampling.topK(), sampling.topP(),
                    sampling.minP(), sampling.repetitionPenalty(), Long.parseLong(value)));
            case "--stop" -> new GenerateArguments(model, prompt, tokens, sampling, with(stops, value));
            default -> throw new IllegalArgumentException(option);
        };
    }

    private static List<String> with(List<String> stops, String stop) {
        List<String> more = new ArrayList<>(stops);
        more.add(stop);
        return more;
    }
}
