package lathe.models.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.RegularFile;
import lathe.models.checkpoint.SafetensorsFile;
import lathe.spi.LatheException;

/**
 * Broken files and folders: each must be refused with a printable sentence that names it, those called valid must open.
 * What exactly the sentences say is for a reader (or a test with a table) to judge.
 */
public final class HostileCases {
    private static final int LONGEST_SENTENCE = 2000;

    private HostileCases() {}

    /**
     * Opens everything in a folder of hostile cases.
     *
     * @param hostile folder with {@code safetensors}, {@code valid} and {@code models}; those that are there are run
     * @return an outcome for each file and folder in them
     * @throws LatheException if the folder cannot be read
     */
    public static List<CaseOutcome> run(Path hostile) {
        List<CaseOutcome> outcomes = new ArrayList<>();
        for (Path file : list(hostile.resolve("safetensors"))) {
            outcomes.add(outcome("safetensors", file, false, () -> SafetensorsFile.open(file).close()));
        }
        for (Path file : list(hostile.resolve("valid"))) {
            outcomes.add(outcome("valid", file, true, () -> SafetensorsFile.open(file).close()));
        }
        for (Path folder : list(hostile.resolve("models"))) {
            boolean valid = folder.getFileName().toString().startsWith("valid");
            outcomes.add(outcome("models", folder, valid, () -> use(folder)));
        }
        return outcomes;
    }

    /** What a run does with a model before it computes with it. */
    private static void use(Path folder) {
        try (ModelFolder model = ModelFolder.open(folder)) {
            if (model.hasTokenizer()) {
                model.tokenizer();
            }
            model.requireFiniteWeights();
        }
    }

    private static CaseOutcome outcome(String group, Path path, boolean valid, Runnable action) {
        String name = path.getFileName().toString();
        String difference;
        try {
            action.run();
            difference = valid ? null : "opened without a complaint";
        } catch (LatheException e) {
            difference = valid ? "refused: " + e.getMessage() : flaw(e.getMessage(), name);
        } catch (RuntimeException e) {
            difference = "ended in " + e;
        }
        return new CaseOutcome(group, name, Optional.ofNullable(difference));
    }

    private static String flaw(String sentence, String name) {
        boolean printable = sentence.chars().noneMatch(c -> Character.getType(c) == Character.CONTROL
                || Character.getType(c) == Character.FORMAT);
        if (!printable) {
            return "the refusal holds control characters";
        }
        if (sentence.length() > LONGEST_SENTENCE) {
            return "the refusal has " + sentence.length() + " characters";
        }
        return sentence.contains(name) ? null : "the refusal does not name " + name + ": " + sentence;
    }

    private static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> content = Files.list(folder)) {
            return content.sorted().toList();
        } catch (IOException e) {
            throw RegularFile.unreadable(folder, e);
        }
    }
}
