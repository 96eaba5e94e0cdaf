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

/**
 * A text that is to be continued.
 *
 * @param ids     its tokens
 * @param text    the text as it was sent, or that of the tokens that were sent
 * @param offsets where each token begins, in characters (code points)
 */
record Prompt(int[] ids, String text, int[] offsets) {
    private static final String WRONG = "'prompt' must be a text, a list of texts, a list of token ids, or a list of such "
            + "lists.";

    Prompt {
        requireNonNull(ids, "ids is null");
        requireNonNull(text, "text is null");
        requireNonNull(offsets, "offsets is null");
    }

    /** Length of the text in characters. */
    int characters() {
        return text.codePointCount(0, text.length());
    }

    /** All prompts of a request. */
    static List<Prompt> read(JsonElement value, Tokenizer tokenizer, int vocabulary, int most) {
        List<Prompt> prompts = new ArrayList<>();
        if (isText(value)) {
            prompts.add(of(value.getAsString(), tokenizer, true));
        } else if (value instanceof JsonArray list && !list.isEmpty() && isNumber(list.get(0))) {
            prompts.add(of(ids(list, vocabulary), tokenizer));
        } else if (value instanceof JsonArray list) {
            if (list.size() > most) {
                throw ApiError.parameter("prompt", "The request has " + list.size() + " prompts; at most " + most
                        + " are taken at once.");
            }
            list.forEach(one -> prompts.add(single(one, tokenizer, vocabulary)));
        } else {
            throw ApiError.parameter("prompt", WRONG);
        }
        if (prompts.isEmpty()) {
            throw ApiError.parameter("prompt", "The list of prompts is empty.");
        }
        return prompts;
    }

    private static Prompt single(JsonElement value, Tokenizer tokenizer, int vocabulary) {
        if (isText(value)) {
            return of(value.getAsString(), tokenizer, true);
        }
        if (value instanceof JsonArray list) {
            return of(ids(list, vocabulary), tokenizer);
        }
        throw ApiError.parameter("prompt", WRONG);
    }

    /** A text, with the tokens that the tokenizer adds by itself if they are wanted. */
    static Prompt of(String text, Tokenizer tokenizer, boolean addsSpecial) {
        Encoding encoding = tokenizer.encodeFully(text, addsSpecial);
        return new Prompt(encoding.ids(), text, encoding.starts());
    }

    private static Prompt of(int[] ids, Tokenizer tokenizer) {
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

    private static int[] ids(JsonArray list, int vocabulary) {
        int[] ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Body.whole("prompt", list.get(i), 0, vocabulary - 1);
        }
        return ids;
    }

    private static boolean isText(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    private static boolean isNumber(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isNumber();
    }
}
