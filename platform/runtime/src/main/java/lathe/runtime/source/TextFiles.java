package lathe.runtime.source;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import lathe.runtime.config.Places;
import lathe.spi.Default;
import lathe.spi.LatheException;
import lathe.spi.graph.DataSource;

/** Documents of text files: a plain file is one document, a .jsonl file has one a line. */
public final class TextFiles implements DataSource {
    /**
     * Where documents are.
     *
     * @param files paths, relative to the current directory
     * @param field of a line of a .jsonl file, that holds its text
     */
    public record Settings(List<String> files, @Default("text") String field) {}

    private final Settings settings;

    /**
     * @param settings where documents are
     */
    public TextFiles(Settings settings) {
        this.settings = requireNonNull(settings, "settings is null");
    }

    @Override
    public List<Path> files() {
        return settings.files().stream().map(name -> Path.of(name).toAbsolutePath().normalize()).toList();
    }

    @Override
    public Stream<String> documents() {
        List<String> documents = new ArrayList<>();
        for (Path file : files()) {
            try {
                if (file.toString().endsWith(".jsonl")) {
                    lines(file, documents);
                } else {
                    documents.add(Files.readString(file));
                }
            } catch (IOException failure) {
                throw new LatheException("The text " + Places.shown(file) + " cannot be read: " + failure.getMessage()
                        + ".", failure);
            }
        }
        return documents.stream();
    }

    private void lines(Path file, List<String> documents) throws IOException {
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            try {
                JsonElement text = JsonParser.parseString(line).getAsJsonObject().get(settings.field());
                if (text == null || !text.isJsonPrimitive()) {
                    throw new LatheException(Places.shown(file) + ":" + number + ": The line has no text '"
                            + settings.field() + "'.");
                }
                documents.add(text.getAsString());
            } catch (JsonParseException | IllegalStateException failure) {
                throw new LatheException(Places.shown(file) + ":" + number + ": The line is no JSON object.", failure);
            }
        }
    }
}
