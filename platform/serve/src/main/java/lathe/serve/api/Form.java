package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/** How continuations are written down: whole, or in pieces. */
abstract class Form {
    private final String id;
    private final String model;
    private final long created = Instant.now().getEpochSecond();

    /**
     * @param kind  beginning of the answer's id
     * @param model who answers
     */
    Form(String kind, String model) {
        this.id = kind + "-" + UUID.randomUUID().toString().replace("-", "");
        this.model = requireNonNull(model, "model is null");
    }

    /** The name of the form of a whole answer, or of a piece. */
    abstract String object(boolean piece);

    /** A choice of a whole answer, without index and reason. */
    abstract JsonObject choice(Choice choice, boolean scored);

    /** A choice of a piece, without index and reason. */
    abstract JsonObject piece(String text, List<ScoredToken> tokens, boolean scored);

    /** What a stream tells of a choice before its first text, if anything. */
    abstract Optional<JsonObject> opening();

    /** An answer that is complete. */
    final JsonObject whole(List<Choice> choices, boolean scored, Usage usage) {
        JsonArray list = new JsonArray();
        choices.forEach(one -> list.add(placed(choice(one, scored), one.index(), Optional.of(one.reason()))));
        JsonObject answer = envelope(object(false), list);
        answer.add("usage", usage.json());
        return answer;
    }

    /** A piece of a stream. */
    final JsonObject chunk(JsonObject piece, int index, Optional<String> reason) {
        JsonArray list = new JsonArray();
        list.add(placed(piece, index, reason));
        return envelope(object(true), list);
    }

    /** The last piece of a stream whose client wants the tokens counted. */
    final JsonObject count(Usage usage) {
        JsonObject answer = envelope(object(true), new JsonArray());
        answer.add("usage", usage.json());
        return answer;
    }

    private static JsonObject placed(JsonObject choice, int index, Optional<String> reason) {
        choice.addProperty("index", index);
        choice.add("finish_reason", reason.map(why -> (JsonElement) new JsonPrimitive(why)).orElse(JsonNull.INSTANCE));
        return choice;
    }

    private JsonObject envelope(String object, JsonArray choices) {
        JsonObject answer = new JsonObject();
        answer.addProperty("id", id);
        answer.addProperty("object", object);
        answer.addProperty("created", created);
        answer.addProperty("model", model);
        answer.add("choices", choices);
        return answer;
    }
}
