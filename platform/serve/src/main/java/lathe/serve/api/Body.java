package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

/** The parameters of a request. It remembers which were read, so that those that nobody knows can be refused. */
final class Body {
    private static final int DEEPEST = 32;
    /** Whole numbers up to here are exact in a double. */
    private static final double LARGEST_WHOLE = 1L << 53;

    private final JsonObject object;
    private final Set<String> read = new HashSet<>();

    private Body(JsonObject object) {
        this.object = requireNonNull(object, "object is null");
    }

    /**
     * Reads a body strictly.
     *
     * @throws ApiError if it is not one JSON object in UTF-8
     */
    static Body parse(byte[] bytes) {
        Reader text = new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder());
        try (JsonReader reader = new JsonReader(text)) {
            reader.setStrictness(Strictness.STRICT);
            reader.setNestingLimit(DEEPEST);
            JsonElement element = JsonParser.parseReader(reader);
            if (!element.isJsonObject() || reader.peek() != JsonToken.END_DOCUMENT) {
                throw ApiError.wrong("The body of the request must be one JSON object.");
            }
            return new Body(element.getAsJsonObject());
        } catch (IOException | JsonParseException | IllegalStateException failure) {
            throw ApiError.wrong("The body of the request is not JSON" + place(failure) + ".");
        }
    }

    private static String place(Exception failure) {
        String message = String.valueOf(failure.getMessage());
        int line = message.indexOf("line ");
        return line < 0 ? "" : " (" + message.substring(line).lines().findFirst().orElse("") + ")";
    }

    /** A value; one that is null counts as not given. */
    Optional<JsonElement> value(String name) {
        read.add(name);
        return Optional.ofNullable(object.get(name)).filter(value -> !value.isJsonNull());
    }

    Optional<String> text(String name) {
        return value(name).map(value -> {
            if (value instanceof JsonPrimitive primitive && primitive.isString()) {
                return primitive.getAsString();
            }
            throw ApiError.parameter(name, "'" + name + "' must be a text.");
        });
    }

    Optional<Boolean> flag(String name) {
        return value(name).map(value -> {
            if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
                return primitive.getAsBoolean();
            }
            throw ApiError.parameter(name, "'" + name + "' must be true or false.");
        });
    }

    Optional<Double> number(String name) {
        return value(name).map(value -> number(name, value));
    }

    Optional<Integer> whole(String name, int least, int most) {
        return value(name).map(value -> whole(name, value, least, most));
    }

    /** A seed: any whole number of 64 bits. */
    Optional<Long> seed(String name) {
        return value(name).map(value -> {
            try {
                if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
                    return Long.parseLong(value.getAsString());
                }
            } catch (NumberFormatException notWhole) {
                // Refused as what is no number at all.
            }
            throw ApiError.parameter(name, "'" + name + "' must be a whole number of at most 64 bits.");
        });
    }

    /** A text or a list of texts. */
    List<String> texts(String name, int most) {
        JsonElement value = value(name).orElse(new JsonArray());
        JsonArray list = new JsonArray();
        if (value.isJsonArray()) {
            list = value.getAsJsonArray();
        } else {
            list.add(value);
        }
        if (list.size() > most) {
            throw ApiError.parameter(name, "'" + name + "' has " + list.size() + " entries; at most " + most
                    + " are taken.");
        }
        List<String> texts = new ArrayList<>();
        for (JsonElement element : list) {
            if (!(element instanceof JsonPrimitive primitive && primitive.isString())) {
                throw ApiError.parameter(name, "'" + name + "' must be a text or a list of texts.");
            }
            texts.add(element.getAsString());
        }
        return texts;
    }

    static double number(String name, JsonElement value) {
        if (value instanceof JsonPrimitive primitive && primitive.isNumber()
                && Double.isFinite(primitive.getAsDouble())) {
            return primitive.getAsDouble();
        }
        throw ApiError.parameter(name, "'" + name + "' must be a number.");
    }

    static int whole(String name, JsonElement value, int least, int most) {
        double number = number(name, value);
        if (number != Math.rint(number) || Math.abs(number) > LARGEST_WHOLE) {
            throw ApiError.parameter(name, "'" + name + "' must be a whole number.");
        }
        if (number < least || number > most) {
            throw ApiError.parameter(name, "'" + name + "' is " + (long) number + "; it must be from " + least + " to "
                    + most + ".");
        }
        return (int) number;
    }

    /** Accepts parameters with values that change nothing. */
    void requireNeutral(Map<String, List<JsonElement>> neutral) {
        neutral.forEach((name, values) -> value(name).ifPresent(value -> {
            if (!values.contains(value)) {
                throw ApiError.parameter(name, "unsupported_parameter", "This server does not support '" + name
                        + "' other than " + values.getFirst() + "; leave it out.");
            }
        }));
    }

    /** Refuses what was not read: an unknown parameter may change the meaning of all others. */
    void refuseOthers(Set<String> harmless) {
        for (String name : object.keySet()) {
            if (!read.contains(name) && !harmless.contains(name)) {
                throw ApiError.parameter(name, "unsupported_parameter", "This server does not know the parameter '"
                        + name + "'; leave it out.");
            }
        }
    }
}
