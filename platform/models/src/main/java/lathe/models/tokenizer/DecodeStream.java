package lathe.models.tokenizer;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Optional;

/**
 * Text of a sequence that is still being generated. A token gives text as soon as it is certain: bytes of an unfinished
 * character are held back, and the joined pieces are the decoded whole. Decodes only the last few tokens each time.
 */
public final class DecodeStream {
    private static final char REPLACEMENT = '\uFFFD';

    /** Tokens of a prompt that can matter for the text of the next one. */
    private static final int LOOKED_BACK = 8;

    private final Tokenizer tokenizer;
    private final boolean skipSpecial;
    /** Tokens that the next ones are decoded together with, for their text may depend on what stands before. */
    private int[] ids;
    /** The text of {@link #ids} that was put out, and how many of them it takes. */
    private String given;
    private int givenIds;

    DecodeStream(Tokenizer tokenizer, boolean skipSpecial) {
        this(tokenizer, new int[0], skipSpecial);
    }

    DecodeStream(Tokenizer tokenizer, int[] before, boolean skipSpecial) {
        this.tokenizer = requireNonNull(tokenizer, "tokenizer is null");
        this.skipSpecial = skipSpecial;
        this.ids = Arrays.copyOfRange(before, Math.max(0, before.length - LOOKED_BACK), before.length);
        this.givenIds = ids.length;
        // A character that the prompt leaves unfinished is put out whole with the token that finishes it.
        String text = ids.length == 0 ? "" : tokenizer.decode(ids, skipSpecial);
        this.given = text.substring(0, text.length() - unfinished(text));
    }

    private static int unfinished(String text) {
        int count = 0;
        while (count < text.length() && text.charAt(text.length() - 1 - count) == REPLACEMENT) {
            count++;
        }
        return count;
    }

    /**
     * Takes the next token.
     *
     * @param id the token
     * @return the text that became certain by it, or nothing yet
     */
    public Optional<String> next(int id) {
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = id;
        String text = tokenizer.decode(ids, skipSpecial);
        if (text.length() <= given.length() || text.charAt(text.length() - 1) == REPLACEMENT) {
            return Optional.empty();
        }
        String fresh = text.substring(given.length());
        int kept = ids.length - givenIds;
        ids = Arrays.copyOfRange(ids, givenIds, ids.length);
        given = tokenizer.decode(ids, skipSpecial);
        givenIds = kept;
        return Optional.of(fresh);
    }

    /**
     * What is held back, at the end of a sequence.
     *
     * @return the text of an unfinished character, or an empty text
     */
    public String finish() {
        String text = tokenizer.decode(ids, skipSpecial);
        return text.length() > given.length() ? text.substring(given.length()) : "";
    }
}
