package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.math.BigInteger;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;

import lathe.spi.LatheException;

/**
 * JSON files as they come with models, read strictly: valid UTF-8, no key twice, no NaN, bounded depth, bounded size,
 * one document. Objects become maps in the order of the file, arrays lists, numbers {@link Long},
 * {@link BigInteger} or {@link Double}, null stays null.
 */
public final class StrictJson {
    private static final int DEEPEST = 32;
    private static final int MOST_VALUES = 2_000_000;

    private final Path file;
    private final JsonReader reader;
    private int values;

    private StrictJson(Path file, Reader text) {
        this.file = file;
        this.reader = strict(text, DEEPEST);
    }

    /**
     * Reads a file that must hold one JSON object.
     *
     * @param file    the file
     * @param longest the most bytes that it may have
     * @return its keys and values; unmodifiable
     * @throws LatheException if the file is not there, too long, or not such an object; the sentence says where
     */
    public static Map<String, Object> readObject(Path file, long longest) {
        requireNonNull(file, "file is null");
        try (FileChannel channel = RegularFile.open(file); InputStream bytes = Channels.newInputStream(channel)) {
            if (channel.size() == 0) {
                throw new LatheException(Visible.path(file) + " is empty.");
            }
            if (channel.size() > longest) {
                throw new LatheException(Visible.path(file) + " has " + channel.size() + " bytes; more than " + longest
                        + " are not read.");
            }
            return new StrictJson(file, utf8(bytes)).document();
        } catch (IOException e) {
            throw RegularFile.unreadable(file, e);
        }
    }

    /**
     * Characters of UTF-8 bytes; a byte sequence that is none ends in a {@link CharacterCodingException}.
     */
    static Reader utf8(InputStream bytes) {
        return new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT));
    }

    /** A reader that takes nothing but JSON. */
    static JsonReader strict(Reader text, int deepest) {
        JsonReader reader = new JsonReader(new BoundedText(text));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(deepest);
        return reader;
    }

    /** What a failed parse means, without the parser's own vocabulary. */
    static String explain(IOException failure) {
        return switch (failure) {
            case CharacterCodingException coding -> "it is not valid UTF-8";
            case EOFException end -> "the JSON text ends in the middle";
            case MalformedJsonException malformed when String.valueOf(malformed.getMessage()).startsWith("Nesting") ->
                "it nests too deeply";
            case MalformedJsonException malformed when malformed.getMessage().startsWith(BoundedText.TOO_LONG) ->
                "it holds a text of more than 8000000 characters";
            case MalformedJsonException malformed when malformed.getMessage().startsWith("Unterminated") ->
                "the JSON text ends in the middle (" + place(malformed) + ")";
            case MalformedJsonException malformed -> "it is not JSON (" + place(malformed) + ")";
            default -> Visible.escape(String.valueOf(failure.getMessage()));
        };
    }

    /** The parser's message ends in "at line 1 column 5 path $.key" and a link to its manual. */
    private static String place(MalformedJsonException malformed) {
        String message = String.valueOf(malformed.getMessage());
        int line = message.indexOf("line ");
        String place = line < 0 ? "unknown place" : message.substring(line).lines().findFirst().orElse("");
        return Visible.escape(place.length() > 200 ? place.substring(0, 200) + "..." : place);
    }

    private Map<String, Object> document() throws IOException {
        try {
            if (reader.peek() != JsonToken.BEGIN_OBJECT) {
                throw problem("it holds " + kind(reader.peek()) + " where an object is needed");
            }
            Map<String, Object> object = object();
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw problem("something follows after the end of the object");
            }
            return object;
        } catch (MalformedJsonException | EOFException | CharacterCodingException e) {
            throw problem(explain(e));
        }
    }

    /** Recursion is bounded by the reader's nesting limit. */
    private Object value() throws IOException {
        if (++values > MOST_VALUES) {
            throw problem("it holds more than " + MOST_VALUES + " values");
        }
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> object();
            case BEGIN_ARRAY -> array();
            case STRING -> reader.nextString();
            case BOOLEAN -> reader.nextBoolean();
            case NUMBER -> number(reader.nextString());
            case NULL -> nothing();
            default -> throw problem("it is not JSON");
        };
    }

    private Object nothing() throws IOException {
        reader.nextNull();
        return null;
    }

    private Map<String, Object> object() throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        reader.beginObject();
        while (reader.hasNext()) {
            String key = reader.nextName();
            if (object.containsKey(key)) {
                throw problem("the key " + Visible.name(key) + " stands in it twice");
            }
            object.put(key, value());
        }
        reader.endObject();
        return Collections.unmodifiableMap(object);
    }

    private List<Object> array() throws IOException {
        List<Object> list = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            list.add(value());
        }
        reader.endArray();
        return Collections.unmodifiableList(list);
    }

    private Number number(String text) {
        if (text.chars().allMatch(c -> c == '-' || Character.isDigit(c))) {
            BigInteger whole = new BigInteger(text);
            return whole.bitLength() < Long.SIZE ? (Number) whole.longValue() : whole;
        }
        double value = Double.parseDouble(text);
        if (Double.isInfinite(value)) {
            throw problem("the number " + Visible.name(text) + " is beyond the range of a double");
        }
        return value;
    }

    private LatheException problem(String what) {
        return new LatheException(Visible.path(file) + " cannot be used: " + what + ".");
    }

    /** A token in words. */
    static String kind(JsonToken token) {
        return switch (token) {
            case BEGIN_ARRAY -> "a list";
            case BEGIN_OBJECT -> "an object";
            case STRING -> "a text";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case NULL -> "null";
            default -> "nothing";
        };
    }
}
