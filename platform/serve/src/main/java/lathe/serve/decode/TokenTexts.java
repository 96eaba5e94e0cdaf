package lathe.serve.decode;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.ConcurrentHashMap;

import lathe.models.tokenizer.Tokenizer;

/** The texts of single tokens, as they stand within a text: with the space that begins a word. */
public final class TokenTexts {
    private static final int MOST_KEPT = 100_000;

    private final Tokenizer tokenizer;
    private final int[] anchor;
    private final String anchorText;
    private final ConcurrentHashMap<Integer, String> known = new ConcurrentHashMap<>();

    /** @param tokenizer the model's */
    public TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = requireNonNull(tokenizer, "tokenizer is null");
        // Some tokenizers drop the space of a first word; decoded after another word it shows.
        this.anchor = tokenizer.encodePlain("a");
        this.anchorText = tokenizer.decode(anchor, false);
    }

    /**
     * The text of a token.
     *
     * @param token its id
     * @return its text; U+FFFD stands for bytes that are no whole character
     */
    public String of(int token) {
        if (known.size() > MOST_KEPT) {
            known.clear();
        }
        return known.computeIfAbsent(token, this::decode);
    }

    private String decode(int token) {
        int[] ids = java.util.Arrays.copyOf(anchor, anchor.length + 1);
        ids[anchor.length] = token;
        String text = tokenizer.decode(ids, false);
        return text.startsWith(anchorText)
                ? text.substring(anchorText.length())
                : tokenizer.decode(new int[] {token}, false);
    }
}
