package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import lathe.models.generation.Sampling;

/**
 * What {@code lathe generate} is asked for, of a model as it lies in its folder.
 *
 * @param model       a folder, or the name of a model that comes along
 * @param prompt      the text to continue
 * @param tokens      how many at most
 * @param temperature 0 takes the best token always
 * @param topK        draw among so many alone
 * @param topP        draw among those that make up so much alone
 * @param seed        of the draws
 * @param stops       texts that end it
 */
record GenerateArguments(Path model, String prompt, int tokens, double temperature, Optional<Integer> topK,
        Optional<Double> topP, long seed, List<String> stops) {
    /** Used where the command line says nothing. */
    static final GenerateArguments DEFAULT = new GenerateArguments(Path.of(""), "It was", 64, 0, Optional.empty(),
            Optional.empty(), 0, List.of());

    /** Checks the parts. */
    GenerateArguments {
        requireNonNull(model, "model is null");
        requireNonNull(prompt, "prompt is null");
        requireNonNull(topK, "topK is null");
        requireNonNull(topP, "topP is null");
        stops = List.copyOf(stops);
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
                } else if (i + 1 < arguments.length && isPlainValue(arguments[i + 1])
                        && (given.add(arguments[i]) || arguments[i].equals("--stop"))) {
                    read = read.with(arguments[i], arguments[++i]);
                } else {
                    return Optional.empty();
                }
            }
        } catch (IllegalArgumentException toldByTheLibrary) {
            return Optional.empty();
        }
        return named ? Optional.of(read) : Optional.empty();
    }

    /** The library takes off quotes, and a word that begins with a dash for an option. */
    private static boolean isPlainValue(String word) {
        return !word.startsWith("-") && !word.startsWith("\"") && !word.startsWith("'") && !word.startsWith("@");
    }

    private GenerateArguments withModel(Path folder) {
        return new GenerateArguments(folder, prompt, tokens, temperature, topK, topP, seed, stops);
    }

    private GenerateArguments with(String option, String value) {
        return switch (option) {
            case "--prompt" -> new GenerateArguments(model, value, tokens, temperature, topK, topP, seed, stops);
            case "--tokens" -> new GenerateArguments(model, prompt, Integer.parseInt(value), temperature, topK, topP,
                    seed, stops);
            case "--temperature" -> new GenerateArguments(model, prompt, tokens, Double.parseDouble(value), topK, topP,
                    seed, stops);
            case "--top-k" -> new GenerateArguments(model, prompt, tokens, temperature,
                    Optional.of(Integer.parseInt(value)), topP, seed, stops);
            case "--top-p" -> new GenerateArguments(model, prompt, tokens, temperature, topK,
                    Optional.of(Double.parseDouble(value)), seed, stops);
            case "--seed" -> new GenerateArguments(model, prompt, tokens, temperature, topK, topP,
                    Long.parseLong(value), stops);
            case "--stop" -> new GenerateArguments(model, prompt, tokens, temperature, topK, topP, seed,
                    with(stops, value));
            default -> throw new IllegalArgumentException(option);
        };
    }

    private static List<String> with(List<String> stops, String stop) {
        List<String> more = new ArrayList<>(stops);
        more.add(stop);
        return more;
    }

    /** How tokens are chosen. */
    Sampling sampling() {
        return new Sampling(temperature, topK, topP, Optional.empty(), 1, seed);
    }
}
