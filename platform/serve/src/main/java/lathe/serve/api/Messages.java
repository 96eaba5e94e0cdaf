package lathe.serve.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/** The messages of a conversation as plain values, which templates work with. */
final class Messages {
    private static final String NAME = "messages";

    private Messages() {}

    /** The messages; a content that is a list of texts becomes one text. */
    static List<Map<String, Object>> read(Body body) {
        JsonElement value = body.value(NAME).orElseThrow(() -> ApiError.parameter(NAME, "'messages' is missing."));
        if (!(value instanceof JsonArray list) || list.isEmpty()) {
            throw ApiError.parameter(NAME, "'messages' must be a list of at least one message.");
        }
        List<Map<String, Object>> messages = new ArrayList<>();
        for (JsonElement element : list) {
            if (!(element instanceof JsonObject message)
                    || !(message.get("role") instanceof JsonPrimitive role && role.isString())) {
                throw ApiError.parameter(NAME, "Every message must be an object with a 'role'.");
            }
            Map<String, Object> values = object(message);
            if (message.get("content") instanceof JsonArray parts) {
                values.put("content", text(parts));
            }
            messages.add(values);
        }
        return messages;
    }

    /** What a client gives to the template besides the messages. */
    static Map<String, Object> more(Body body) {
        return body.value("chat_template_kwargs").map(value -> {
            if (value instanceof JsonObject object) {
                return object(object);
            }
            throw ApiError.parameter("chat_template_kwargs", "'chat_template_kwargs' must be an object.");
        }).orElse(Map.of());
    }

    private static String text(JsonArray parts) {
        StringJoiner text = new StringJoiner("\n");
        for (JsonElement element : parts) {
            if (element instanceof JsonObject part && part.get("text") instanceof JsonPrimitive piece
                    && piece.isString()) {
                text.add(piece.getAsString());
            } else {
                throw ApiError.parameter(NAME,
                        "This server reads texts alone: a content is a text, or a list of parts of "
                                + "the type 'text'.");
            }
        }
        return text.toString();
    }

    private static Object value(JsonElement element) {
        return switch (element) {
            case JsonObject object -> object(object);
            case JsonArray list -> list.asList().stream().map(Messages::value)
                    .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
            case JsonPrimitive primitive when primitive.isString() -> primitive.getAsString();
            case JsonPrimitive primitive when primitive.isBoolean() -> primitive.getAsBoolean();
            case JsonPrimitive number -> number(number);
            default -> null;
        };
    }

    private static Number number(JsonPrimitive number) {
        try {
            return Long.parseLong(number.getAsString());
        } catch (NumberFormatException fraction) {
            return number.getAsDouble();
        }
    }

    private static Map<String, Object> object(JsonObject object) {
        Map<String, Object> values = new LinkedHashMap<>();
        object.entrySet().forEach(entry -> values.put(entry.getKey(), value(entry.getValue())));
        return values;
    }
}
