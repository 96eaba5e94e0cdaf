package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;

import lathe.spi.LatheException;

/** JSON that is too large for a tree, read token by token, with errors as {@link StrictJson} gives them. */
public final class JsonTokens {
    private static final int DEEPEST = 64;

    /** What is done with the JSON. */
    @FunctionalInterface
    public interface Action {
        /**
         * Reads one value.
         *
         * @param json the tokens
         * @throws IOException if the text is malformed
         */
        void read(JsonTokens json) throws IOException;
    }

    /** What is done with a member of an object. */
    @FunctionalInterface
    public interface Member {
        /**
         * Reads the value of a key.
         *
         * @param key the key
         * @throws IOException if the text is malformed
         */
        void read(String key) throws IOException;
    }

    /** What is done with an element of a list. */
    @FunctionalInterface
    public interface Element {
        /**
         * Reads one element.
         *
         * @throws IOException if the text is malformed
         */
        void read() throws IOException;
    }

    private final JsonReader reader;
    private final Function<String, LatheException> problem;

    private JsonTokens(JsonReader reader, Function<String, LatheException> problem) {
        this.reader = reader;
        this.problem = problem;
    }

    /**
     * Reads a whole text.
     *
     * @param file   where it came from, for messages
     * @param text   the text
     * @param action what reads its one value
     * @throws LatheException if the text is not one JSON value or the action finds it wrong
     */
    public static void read(Path file, String text, Action action) {
        requireNonNull(file, "file is null");
        Function<String, LatheException> problem = what -> new LatheException(
                Visible.path(file) + " cannot be used: " + what + ".");
        try {
            JsonTokens tokens = new JsonTokens(StrictJson.strict(new StringReader(text), DEEPEST), problem);
            action.read(tokens);
            if (tokens.reader.peek() != JsonToken.END_DOCUMENT) {
                throw problem.apply("something follows after the end of the JSON text");
            }
        } catch (MalformedJsonException | EOFException e) {
            throw problem.apply(StrictJson.explain(e));
        } catch (IOException e) {
            throw RegularFile.unreadable(file, e);
        }
    }

    /**
     * Reads an object.
     *
     * @param member what reads the value of each key
     * @throws IOException if the text is malformed
     */
    public void object(Member member) throws IOException {
        require(JsonToken.BEGIN_OBJECT, null);
        reader.beginObject();
        while (reader.hasNext()) {
            member.read(reader.nextName());
        }
        reader.endObject();
    }

    /**
     * Whether a list comes next.
     *
     * @return true for a list
     * @throws IOException if the text is malformed
     */
    public boolean isArray() throws IOException {
        return reader.peek() == JsonToken.BEGIN_ARRAY;
    }

    /**
     * Reads a list.
     *
     * @param element what reads each element
     * @throws IOException if the text is malformed
     */
    public void array(Element element) throws IOException {
        require(JsonToken.BEGIN_ARRAY, null);
        reader.beginArray();
        while (reader.hasNext()) {
            element.read();
        }
        reader.endArray();
    }

    /**
     * Reads a value whole, as {@link StrictJson} does; numbers as their text.
     *
     * @return a map, list, text, {@link Boolean} or null
     * @throws IOException if the text is malformed
     */
    public Object tree() throws IOException {
        switch (reader.peek()) {
            case BEGIN_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                object(key -> map.put(key, tree()));
                return map;
            }
            case BEGIN_ARRAY -> {
                List<Object> list = new ArrayList<>();
                array(() -> list.add(tree()));
                return list;
            }
            case BOOLEAN -> {
                return reader.nextBoolean();
            }
            case NULL -> {
                reader.nextNull();
                return null;
            }
            default -> {
                return reader.nextString();
            }
        }
    }

    /**
     * Passes over one value.
     *
     * @throws IOException if the text is malformed
     */
    public void skip() throws IOException {
        reader.skipValue();
    }

    /**
     * Reads a text.
     *
     * @param what its key, for messages
     * @return the text
     * @throws IOException if the text is malformed
     */
    public String text(String what) throws IOException {
        require(JsonToken.STRING, what);
        return reader.nextString();
    }

    /**
     * Reads a truth value.
     *
     * @param what its key, for messages
     * @return the value
     * @throws IOException if the text is malformed
     */
    public boolean truth(String what) throws IOException {
        require(JsonToken.BOOLEAN, what);
        return reader.nextBoolean();
    }

    /**
     * Reads a whole number.
     *
     * @param what its key, for messages
     * @return the number
     * @throws IOException if the text is malformed
     */
    public long whole(String what) throws IOException {
        require(JsonToken.NUMBER, what);
        String text = reader.nextString();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw problem.apply(Visible.name(what) + " is " + Visible.name(text) + " where a whole number is needed");
        }
    }

    /** The key is null for what has none; it is made fit to print only when it is printed, as there are a vocabulary's. */
    private void require(JsonToken wanted, String key) throws IOException {
        JsonToken found = reader.peek();
        if (found != wanted) {
            throw problem.apply((key == null ? "the text" : Visible.name(key)) + " is " + StrictJson.kind(found)
                    + " where " + StrictJson.kind(wanted)
                    + " is needed");
        }
    }
}
