package lathe.runtime.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import lathe.models.text.TextFiles;
import lathe.runtime.config.Places;
import lathe.spi.LatheException;

/**
 * Folders that nodes leave beside models in Lathe's own form: {@code model/} is a Hugging Face folder that a source or a
 * step made, {@code files/} are a step's, {@code documents.jsonl} is text, one document a line.
 */
final class NodeOutput {
    static final String DOCUMENTS = "documents.jsonl";
    private static final String MODEL = "model";
    private static final String FILES = "files";
    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

    private NodeOutput() {}

    /** Where a source or a step puts a model. */
    static Path model(Path folder) {
        return made(folder.resolve(MODEL));
    }

    /** Where a step puts files. */
    static Path files(Path folder) {
        return made(folder.resolve(FILES));
    }

    private static Path made(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException failure) {
            throw new LatheException("The folder " + Places.shown(folder) + " cannot be made: " + failure.getMessage()
                    + ".", failure);
        }
    }

    /** The model's folder below an output: a source may have put it into a folder of its own. */
    static Path modelIn(Path folder, String node) {
        try (Stream<Path> all = Files.walk(folder.resolve(MODEL), 3)) {
            return all.filter(path -> path.endsWith("config.json")).map(Path::getParent).findFirst().orElseThrow(
                    () -> new LatheException(node + " left no model: there is no config.json."));
        } catch (IOException failure) {
            throw new LatheException("What " + node + " left cannot be read: " + failure.getMessage() + ".", failure);
        }
    }

    /** One line of a file of documents. */
    static String line(String text) {
        JsonObject document = new JsonObject();
        document.addProperty("text", text);
        return JSON.toJson(document);
    }

    /** One line with a question and its answer. */
    static String line(String prompt, String answer) {
        JsonObject document = new JsonObject();
        document.addProperty("text", prompt + answer);
        document.addProperty("prompt", prompt);
        document.addProperty("answer", answer);
        return JSON.toJson(document);
    }

    /** All documents as one text, with empty lines between. */
    static String text(Path folder) {
        return TextFiles.text(folder.resolve(DOCUMENTS));
    }

    /** All documents. */
    static List<String> documents(Path folder) {
        return TextFiles.documents(folder.resolve(DOCUMENTS));
    }
}
