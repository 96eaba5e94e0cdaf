package lathe.models.tokenizer;

import static java.util.Objects.requireNonNull;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.OptionalInt;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

import lathe.spi.LatheException;

/**
 * A tokenizer run by Hugging Face's library. Its native functions are called without the convenience class around them,
 * which cleans up spaces, pads, cuts, and looks for a cloud to report to.
 */
final class HuggingFaceTokenizer implements Tokenizer {
    /** Holds the native memory as long as it is reachable. */
    private final TokenizerDraft draft;
    private final TokenizersLibrary library;
    private final long handle;
    private final int vocabulary;
    private final TokenizerFile file;
    private final SpecialTokens special;

    /**
     * @param draft      what was read and is checked now
     * @param vocabulary rows of the model's embedding
     * @throws LatheException if it gives ids beyond them
     */
    HuggingFaceTokenizer(TokenizerDraft draft, int vocabulary) {
        this.draft = requireNonNull(draft, "draft is null");
        this.library = draft.library();
        this.file = draft.file();
        this.handle = draft.handle();
        this.vocabulary = vocabulary;
        file.requireWithin(vocabulary);
        this.special = SpecialTokensReader.read(draft.folder(), file, vocabulary);
        // What is added to every text must have rows in the embedding, and is found out here rather than in a run.
        encode("");
        encodePair("", "", true);
    }

    @Override
    public int[] encode(String text) {
        return ids(text, true);
    }

    @Override
    public int[] encodePlain(String text) {
        return ids(text, false);
    }

    @Override
    public Encoding encodeFully(String text, boolean addSpecial) {
        try {
            return encoding(library.encode(handle, wellFormed(text), addSpecial));
        } finally {
            Reference.reachabilityFence(draft);
        }
    }

    @Override
    public Encoding encodePair(String first, String second, boolean addSpecial) {
        try {
            return encoding(library.encodeDual(handle, wellFormed(first), wellFormed(second), addSpecial));
        } finally {
            Reference.reachabilityFence(draft);
        }
    }

    @Override
    public String decode(int[] ids, boolean skipSpecial) {
        try {
            return library.decode(handle, Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
        } finally {
            Reference.reachabilityFence(draft);
        }
    }

    @Override
    public DecodeStream stream(boolean skipSpecial) {
        return new DecodeStream(this, skipSpecial);
    }

    @Override
    public SpecialTokens special() {
        return special;
    }

    @Override
    public OptionalInt addedToken(String content) {
        Integer id = file.added().get(content);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public int vocabularySize() {
        return file.vocabularySize();
    }

    @Override
    public int sizeWithAdded() {
        return file.sizeWithAdded();
    }

    private int[] ids(String text, boolean addSpecial) {
        try {
            long encoding = library.encode(handle, wellFormed(text), addSpecial);
            try {
                return known(library.getTokenIds(encoding));
            } finally {
                library.deleteEncoding(encoding);
            }
        } finally {
            Reference.reachabilityFence(draft);
        }
    }

    private Encoding encoding(long encoding) {
        try {
            CharSpan[] spans = library.getTokenCharSpans(encoding);
            int[] starts = new int[spans.length];
            int[] ends = new int[spans.length];
            for (int i = 0; i < spans.length; i++) {
                starts[i] = spans[i] == null ? 0 : spans[i].getStart();
                ends[i] = spans[i] == null ? 0 : spans[i].getEnd();
            }
            long[] mask = library.getSpecialTokenMask(encoding);
            boolean[] added = new boolean[mask.length];
            for (int i = 0; i < mask.length; i++) {
                added[i] = mask[i] != 0;
            }
            return new Encoding(known(library.getTokenIds(encoding)), library.getTokens(encoding), starts, ends, added,
                    ints(library.getTypeIds(encoding)));
        } finally {
            library.deleteEncoding(encoding);
        }
    }

    /** Token ids, none of which may lie beyond the embedding. */
    private int[] known(long[] ids) {
        for (long id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw file.problem("it gives the token id " + id + ", but the model's vocabulary has only " + vocabulary
                        + " entries");
            }
        }
        return ints(ids);
    }

    private static int[] ints(long[] longs) {
        int[] ints = new int[longs.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = Math.toIntExact(longs[i]);
        }
        return ints;
    }

    /** The native side takes UTF-8, in which an unpaired surrogate cannot be written. */
    private static String wellFormed(String text) {
        requireNonNull(text, "text is null");
        StringBuilder repaired = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean paired = Character.isHighSurrogate(c) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (paired) {
                i++;
            } else if (Character.isSurrogate(c)) {
                repaired = repaired == null ? new StringBuilder(text) : repaired;
                repaired.setCharAt(i, '\uFFFD');
            }
        }
        return repaired == null ? text : repaired.toString();
    }
}
