package lathe.models.tokenizer;

import java.nio.file.Path;
import java.util.OptionalInt;

/** Turns text into token ids and back. Safe for use by several threads; streams are not. */
public interface Tokenizer {
    /**
     * Opens the tokenizer of a model's folder.
     *
     * @param folder     the folder with {@code tokenizer.json}, and perhaps {@code tokenizer_config.json},
     *                   {@code generation_config.json} and {@code config.json}, which name tokens with a role
     * @param vocabulary rows of the model's embedding: a tokenizer with an id beyond them is refused
     * @return the tokenizer
     * @throws lathe.spi.LatheException if it is missing, broken, of an unknown kind, or does not fit the model
     */
    static Tokenizer open(Path folder, int vocabulary) {
        return new HuggingFaceTokenizer(TokenizerDraft.read(folder), vocabulary);
    }

    /**
     * Encodes a text, with the tokens that the tokenizer adds by itself (a begin token, for instance).
     *
     * @param text any text; unpaired surrogates count as U+FFFD
     * @return its token ids
     */
    int[] encode(String text);

    /**
     * Encodes a text, adding nothing. Special tokens that are spelled out in the text are still recognised.
     *
     * @param text any text
     * @return its token ids
     */
    int[] encodePlain(String text);

    /**
     * Encodes a text with all that is known of its tokens.
     *
     * @param text       any text
     * @param addSpecial whether the tokenizer adds its own tokens
     * @return ids, tokens, offsets
     */
    Encoding encodeFully(String text, boolean addSpecial);

    /**
     * Encodes two texts as the pair that the tokenizer makes of them.
     *
     * @param first      any text
     * @param second     any text
     * @param addSpecial whether the tokenizer adds its own tokens
     * @return ids, tokens, offsets of each within its own text
     */
    Encoding encodePair(String first, String second, boolean addSpecial);

    /**
     * The text of tokens.
     *
     * @param ids         token ids; those that no token has give nothing
     * @param skipSpecial whether special tokens are left out
     * @return the text, with U+FFFD for bytes that are no UTF-8
     */
    String decode(int[] ids, boolean skipSpecial);

    /**
     * Decodes tokens as they come.
     *
     * @param skipSpecial whether special tokens are left out
     * @return a stream for one sequence
     */
    DecodeStream stream(boolean skipSpecial);

    /**
     * Decodes tokens as they come after others, whose text is not put out again.
     *
     * @param before      tokens that stand before the first one
     * @param skipSpecial whether special tokens are left out
     * @return a stream for one sequence
     */
    default DecodeStream stream(int[] before, boolean skipSpecial) {
        return new DecodeStream(this, before, skipSpecial);
    }

    /**
     * Tokens with a role.
     *
     * @return begin, end, padding and unknown tokens as far as the folder names them
     */
    SpecialTokens special();

    /**
     * The id of an added token, such as {@code <|im_end|>}.
     *
     * @param content the token as it is spelled
     * @return its id, or nothing if it is not among the added tokens
     */
    OptionalInt addedToken(String content);

    /**
     * Size of the model's own vocabulary.
     *
     * @return tokens without the added ones that are not in it
     */
    int vocabularySize();

    /**
     * Size with the added tokens.
     *
     * @return how many different ids there are
     */
    int sizeWithAdded();
}
