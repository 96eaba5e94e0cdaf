package lathe.serve.api;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

import lathe.models.generation.TokenScore.Alternative;
import lathe.serve.decode.TokenTexts;

/** Answers of a conversation, in the form of {@code /v1/chat/completions}. */
final class ChatForm extends Form {
    private static final String ROLE = "assistant";
    private static final char REPLACEMENT = '\uFFFD';

    private final TokenTexts texts;

    ChatForm(String model, TokenTexts texts) {
        super("chatcmpl", model);
        this.texts = texts;
    }

    @Override
    String object(boolean piece) {
        return piece ? "chat.completion.chunk" : "chat.completion";
    }

    @Override
    JsonObject choice(Choice choice, boolean scored) {
        JsonObject message = new JsonObject();
        message.addProperty("role", ROLE);
        message.addProperty("content", choice.text());
        message.add("refusal", JsonNull.INSTANCE);
        return with("message", message, choice.tokens(), scored);
    }

    @Override
    JsonObject piece(String text, List<ScoredToken> tokens, boolean scored) {
        JsonObject delta = new JsonObject();
        if (!text.isEmpty()) {
            delta.addProperty("content", text);
        }
        return with("delta", delta, tokens, scored);
    }

    @Override
    Optional<JsonObject> opening() {
        JsonObject delta = new JsonObject();
        delta.addProperty("role", ROLE);
        delta.addProperty("content", "");
        return Optional.of(with("delta", delta, List.of(), false));
    }

    private JsonObject with(String name, JsonObject content, List<ScoredToken> tokens, boolean scored) {
        JsonObject choice = new JsonObject();
        choice.add(name, content);
        choice.add("logprobs", scored ? scores(tokens) : JsonNull.INSTANCE);
        return choice;
    }

    private JsonObject scores(List<ScoredToken> tokens) {
        JsonArray list = new JsonArray();
        for (ScoredToken token : tokens) {
            JsonObject entry = entry(token.token(), token.logProbability().orElse(0));
            JsonArray top = new JsonArray();
            for (Alternative other : token.alternatives()) {
                top.add(entry(other.token(), other.logProbability()));
            }
            entry.add("top_logprobs", top);
            list.add(entry);
        }
        JsonObject scores = new JsonObject();
        scores.add("content", list);
        scores.add("refusal", JsonNull.INSTANCE);
        return scores;
    }

    private JsonObject entry(int token, double logProbability) {
        String text = texts.of(token);
        JsonObject entry = new JsonObject();
        entry.addProperty("token", text);
        entry.addProperty("logprob", ScoredToken.finite(logProbability));
        entry.add("bytes", bytes(text));
        return entry;
    }

    /** The bytes of a token that is whole characters; those of others are not known. */
    private static JsonElement bytes(String text) {
        if (text.indexOf(REPLACEMENT) >= 0) {
            return JsonNull.INSTANCE;
        }
        JsonArray bytes = new JsonArray();
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(one & 0xFF);
        }
        return bytes;
    }
}
