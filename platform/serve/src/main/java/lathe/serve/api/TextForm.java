package lathe.serve.api;

import java.util.List;
import java.util.Optional;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

import lathe.models.generation.TokenScore.Alternative;
import lathe.serve.decode.TokenTexts;

/** Continuations of texts, in the form of {@code /v1/completions}. */
final class TextForm extends Form {
    private final TokenTexts texts;

    TextForm(String model, TokenTexts texts) {
        super("cmpl", model);
        this.texts = texts;
    }

    @Override
    String object(boolean piece) {
        return "text_completion";
    }

    @Override
    JsonObject choice(Choice choice, boolean scored) {
        return piece(choice.text(), choice.tokens(), scored);
    }

    @Override
    Optional<JsonObject> opening() {
        return Optional.empty();
    }

    @Override
    JsonObject piece(String text, List<ScoredToken> tokens, boolean scored) {
        JsonObject choice = new JsonObject();
        choice.addProperty("text", text);
        choice.add("logprobs", scored ? scores(tokens) : JsonNull.INSTANCE);
        return choice;
    }

    private JsonObject scores(List<ScoredToken> tokens) {
        JsonArray names = new JsonArray();
        JsonArray logarithms = new JsonArray();
        JsonArray tops = new JsonArray();
        JsonArray offsets = new JsonArray();
        for (ScoredToken token : tokens) {
            names.add(texts.of(token.token()));
            offsets.add(token.offset());
            if (token.logProbability().isPresent()) {
                logarithms.add(ScoredToken.finite(token.logProbability().getAsDouble()));
                tops.add(top(token));
            } else {
                logarithms.add(JsonNull.INSTANCE);
                tops.add(JsonNull.INSTANCE);
            }
        }
        JsonObject scores = new JsonObject();
        scores.add("tokens", names);
        scores.add("token_logprobs", logarithms);
        scores.add("top_logprobs", tops);
        scores.add("text_offset", offsets);
        return scores;
    }

    /** The best tokens and the one that came. Tokens that are written alike share a place, which the likelier takes. */
    private JsonElement top(ScoredToken token) {
        JsonObject top = new JsonObject();
        for (Alternative other : token.alternatives()) {
            String name = texts.of(other.token());
            if (!top.has(name)) {
                top.addProperty(name, ScoredToken.finite(other.logProbability()));
            }
        }
        String own = texts.of(token.token());
        if (!top.has(own)) {
            top.addProperty(own, ScoredToken.finite(token.logProbability().getAsDouble()));
        }
        return top;
    }
}
