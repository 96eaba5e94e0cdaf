package lathe.models.text;

import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/**
 * Reads text by the extension of its file: {@code .jsonl} holds a document a line (an object with {@code text}, or a string),
 * {@code .parquet} a document a row of its column {@code text}; any other file is one document.
 */
public final class TextFiles {
    /** The key or column of the text. */
    static final String TEXT = "text";
    /** Between documents that are read as one text, as the usual evaluations of WikiText put them together. */
    private static final String BETWEEN = "\n\n";

    private TextFiles() {}

    /**
     * Whether a file holds several documents.
     *
     * @param file a file
     * @return true for {@code .jsonl} and {@code .parquet}
     */
    public static boolean isCollection(Path file) {
        return extension(file).equals(".jsonl") || extension(file).equals(".parquet");
    }

    /**
     * The documents of a file.
     *
     * @param file a file in UTF-8, or in Parquet
     * @return in their order
     * @throws LatheException if the file cannot be read or has no text
     */
    public static List<String> documents(Path file) {
        requireNonNull(file, "file is null");
        return switch (extension(file)) {
            case ".jsonl" -> lines(file);
            case ".parquet" -> ParquetText.documents(file);
            default -> List.of(whole(file));
        };
    }

    /**
     * All documents as one text, with empty lines between.
     *
     * @param file a file in UTF-8, or in Parquet
     * @return the text
     * @throws LatheException if the file cannot be read or has no text
     */
    public static String text(Path file) {
        return String.join(BETWEEN, documents(file));
    }

    private static String extension(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot);
    }

    private static String whole(Path file) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
        } catch (CharacterCodingException e) {
            throw new LatheException(Visible.path(file) + " is not text in UTF-8.", e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static List<String> lines(Path file) {
        List<String> documents = new ArrayList<>();
        int number = 0;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    documents.add(document(file, number, JsonParser.parseString(line)));
                }
            }
        } catch (JsonParseException e) {
            throw new LatheException("Line " + number + " of " + Visible.path(file) + " is no JSON.", e);
        } catch (CharacterCodingException e) {
            throw new LatheException(Visible.path(file) + " is not text in UTF-8.", e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return documents;
    }

    private static String document(Path file, int number, JsonElement line) {
        JsonElement text = line instanceof JsonObject object ? object.get(TEXT) : line;
        if (text == null || !text.isJsonPrimitive() || !text.getAsJsonPrimitive().isString()) {
            throw new LatheException("Line " + number + " of " + Visible.path(file)
                    + " has no text: it must be an object with the key 'text', or a string.");
        }
        return text.getAsString();
    }

    static LatheException unreadable(Path file, Exception cause) {
        return new LatheException(Visible.path(file) + " cannot be read: "
                + Visible.escape(String.valueOf(cause.getMessage())) + ".", cause);
    }
}
