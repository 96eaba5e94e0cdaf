package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;

import lathe.models.tokenizer.DecodeStream;
import lathe.models.tokenizer.Encoding;
import lathe.models.tokenizer.Tokenizer;

/** Reads the prompts of requests. Those that cannot fit the model are refused before the work of taking them apart. */
final class PromptReader {
    private static final String NAME = "prompt";
    private static final String WRONG = "'prompt' must be a text, a list of texts, a list of token ids, or a list of such "
            + "lists.";
    /** Longer than the tokens of any text that has a sense; taking a text of megabytes apart takes many seconds. */
    private static final int CHARACTERS_A_TOKEN = 64;

    private final Tokenizer tokenizer;
    private final int vocabulary;
    private final int context;

    PromptReader(Tokenizer tokenizer, int vocabulary, int context) {
        this.tokenizer = requireNonNull(tokenizer, "tokenizer is null");
        this.vocabulary = vocabulary;
        this.context = context;
    }

    /** All prompts of a request. */
    List<Prompt> all(JsonElement value, int most) {
        if (!(value instanceof JsonArray list) || !list.isEmpty() && isNumber(list.get(0))) {
            return List.of(single(value));
        }
        if (list.isEmpty()) {
            throw ApiError.parameter(NAME, "The list of prompts is empty.");
        }
        if (list.size() > most) {
            throw ApiError.parameter(NAME, "The request has " + list.size() + " prompts; at most " + most
                    + " are taken at once.");
        }
        List<Prompt> prompts = new ArrayList<>();
        list.forEach(one -> prompts.add(single(one)));
        return prompts;
    }

    private Prompt single(JsonElement value) {
        if (value instanceof JsonPrimitive primitive && primitive.isString()) {
            return ofText(value.getAsString(), true);
        }
        if (value instanceof JsonArray list) {
            return ofIds(ids(list));
        }
        throw ApiError.parameter(NAME, WRONG);
    }

    /** A text, with the tokens that the tokenizer adds by itself if they are wanted. */
    Prompt ofText(String text, boolean addsSpecial) {
        if (text.length() > (long) context * CHARACTERS_A_TOKEN) {
            throw tooLong(text.length() + " characters, more than " + CHARACTERS_A_TOKEN + " for each of them");
        }
        Encoding encoding = tokenizer.encodeFully(text, addsSpecial);
        return new Prompt(encoding.ids(), text, encoding.starts());
    }

    private Prompt ofIds(int[] ids) {
        StringBuilder text = new StringBuilder();
        int[] offsets = new int[ids.length];
        DecodeStream stream = tokenizer.stream(true);
        int characters = 0;
        for (int i = 0; i < ids.length; i++) {
            offsets[i] = characters;
            String piece = stream.next(ids[i]).orElse("");
            characters += piece.codePointCount(0, piece.length());
            text.append(piece);
        }
        return new Prompt(ids, text.append(stream.finish()).toString(), offsets);
    }

    private int[] ids(JsonArray list) {
        if (list.size() > context) {
            throw tooLong("" + list.size());
        }
        int[] ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) {
            if (!isNumber(list.get(i))) {
                throw ApiError.parameter(NAME, WRONG);
            }
            ids[i] = Body.whole(NAME, list.get(i), 0, vocabulary - 1);
        }
        return ids;
    }

    private ApiError tooLong(String length) {
        return ApiError.parameter(NAME, "context_length_exceeded", "This model's context length is " + context
                + " tokens; the prompt has " + length + ".");
    }

    private static boolean isNumber(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isNumber();
    }
}
