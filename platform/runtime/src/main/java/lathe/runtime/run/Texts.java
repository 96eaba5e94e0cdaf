package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import lathe.models.text.TextFiles;
import lathe.runtime.compress.CalibrationText;
import lathe.runtime.config.Places;
import lathe.runtime.graph.Task;

/** The texts of tasks as tokens, each tokenised once a model folder. */
final class Texts {
    private final Function<String, Path> folders;
    private final Map<String, int[]> tokens = new ConcurrentHashMap<>();

    /** @param folders results of data nodes by the ids of their tasks */
    Texts(Function<String, Path> folders) {
        this.folders = requireNonNull(folders, "folders is null");
    }

    /** Ids of the whole text without special tokens. */
    int[] tokens(Task task, String key, ModelHandle model) {
        String data = task.texts().get(key);
        Path place = data == null ? task.node().settings().files().get(key) : folders.apply(data);
        return tokens.computeIfAbsent(place + "|" + model.source(), found -> model.tokenizer().encodePlain(
                data == null ? CalibrationText.read(place) : NodeOutput.text(place)));
    }

    /** The documents of the text; a file that is no collection is one. */
    List<String> documents(Task task, String key) {
        String data = task.texts().get(key);
        if (data != null) {
            return NodeOutput.documents(folders.apply(data));
        }
        Path file = task.node().settings().files().get(key);
        if (file == null) {
            return List.of();
        }
        return TextFiles.isCollection(file) ? TextFiles.documents(file) : List.of(CalibrationText.read(file));
    }

    /** The text's name for messages. */
    String shown(Task task, String key) {
        Path file = task.node().settings().files().get(key);
        return file == null ? task.node().settings().texts().get(key) : Places.shown(file);
    }
}
