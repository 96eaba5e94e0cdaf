package lathe.models.tokenizer;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import lathe.spi.kv.TokenClasses;

/** Sorts of tokens by what the tokenizer calls special and by the text of each token. Safe for use by several threads. */
public final class VocabularyClasses implements TokenClasses {
    private final Tokenizer tokenizer;
    private final Map<Integer, Boolean> known = new ConcurrentHashMap<>();

    /**
     * @param tokenizer of the model
     */
    public VocabularyClasses(Tokenizer tokenizer) {
        this.tokenizer = requireNonNull(tokenizer, "tokenizer is null");
    }

    @Override
    public boolean special(int token) {
        return tokenizer.special().all().contains(token);
    }

    @Override
    public boolean punctuation(int token) {
        return known.computeIfAbsent(token, id -> isPunctuation(tokenizer.decode(new int[] {id}, false)));
    }

    private static boolean isPunctuation(String text) {
        String bare = text.strip();
        return !bare.isEmpty() && bare.codePoints().allMatch(VocabularyClasses::isPunctuation);
    }

    private static boolean isPunctuation(int character) {
        return switch (Character.getType(character)) {
            case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION, Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION, Character.OTHER_PUNCTUATION ->
                true;
            default -> false;
        };
    }
}
