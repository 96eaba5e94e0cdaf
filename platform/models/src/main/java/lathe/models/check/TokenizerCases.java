package lathe.models.check;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import lathe.models.checkpoint.StrictJson;
import lathe.models.checkpoint.Visible;
import lathe.models.tokenizer.DecodeStream;
import lathe.models.tokenizer.Encoding;
import lathe.models.tokenizer.Tokenizer;
import lathe.spi.LatheException;

/** Strings that the reference library encoded and decoded ({@code cases.json} beside a tokenizer): all must be equal. */
public final class TokenizerCases {
    private static final long LONGEST = 200_000_000;
    private static final int ANY_VOCABULARY = 1 << 24;

    private final String group;
    private final Tokenizer tokenizer;
    private final List<CaseOutcome> outcomes = new ArrayList<>();

    private TokenizerCases(String group, Tokenizer tokenizer) {
        this.group = group;
        this.tokenizer = tokenizer;
    }

    /**
     * Runs the cases of several tokenizers.
     *
     * @param folder with a folder a tokenizer, or one of these
     * @return the outcomes of all
     */
    public static List<CaseOutcome> runAll(Path folder) {
        return CaseFolder.each(CaseFolder.holding(folder, "cases.json"), TokenizerCases::run);
    }

    /**
     * Runs the cases of a folder.
     *
     * @param folder the folder with tokenizer.json and cases.json
     * @return an outcome for each case and pair, and one for the sizes of the vocabulary
     * @throws LatheException if a file cannot be read
     */
    public static List<CaseOutcome> run(Path folder) {
        requireNonNull(folder, "folder is null");
        Map<String, Object> golden = StrictJson.readObject(folder.resolve("cases.json"), LONGEST);
        TokenizerCases cases = new TokenizerCases(folder.getFileName().toString(),
                Tokenizer.open(folder, ANY_VOCABULARY));
        cases.add("sizes", cases.sizes(golden));
        list(golden, "added_tokens").forEach(token -> cases.add("added token " + name(token, "content"),
                cases.addedToken(object(token))));
        list(golden, "cases").forEach(one -> cases.add(name(one, "text"), cases.single(object(one))));
        list(golden, "pairs").forEach(one -> cases.add("pair " + name(one, "text"), cases.pair(object(one))));
        return cases.outcomes;
    }

    private void add(String name, List<String> differences) {
        outcomes.add(new CaseOutcome(group, name,
                differences.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", differences) + " differ")));
    }

    private List<String> sizes(Map<String, Object> golden) {
        Differences found = new Differences();
        found.compare("vocabulary_size", golden.get("vocabulary_size"), (long) tokenizer.vocabularySize());
        found.compare("vocabulary_size_with_added", golden.get("vocabulary_size_with_added"),
                (long) tokenizer.sizeWithAdded());
        return found.names;
    }

    private List<String> addedToken(Map<String, Object> token) {
        Differences found = new Differences();
        long id = tokenizer.addedToken((String) token.get("content")).orElse(-1);
        found.compare("id", token.get("id"), id);
        found.compare("special", token.get("special"), tokenizer.special().all().contains((int) id));
        return found.names;
    }

    private List<String> single(Map<String, Object> golden) {
        String text = (String) golden.get("text");
        Differences found = new Differences();
        Encoding encoding = tokenizer.encodeFully(text, true);
        found.compareEncoding(golden, encoding);
        found.compare("ids without offsets", golden.get("ids"), longs(tokenizer.encode(text)));
        found.compare("ids_without_special", golden.get("ids_without_special"), longs(tokenizer.encodePlain(text)));
        found.compare("special_mask", golden.get("special_mask"), mask(encoding.special()));
        found.compare("decoded", golden.get("decoded"), tokenizer.decode(encoding.ids(), false));
        found.compare("decoded_skip_special", golden.get("decoded_skip_special"),
                tokenizer.decode(encoding.ids(), true));
        stream(found, golden, encoding.ids());
        return found.names;
    }

    private void stream(Differences found, Map<String, Object> golden, int[] ids) {
        DecodeStream stream = tokenizer.stream(true);
        List<String> pieces = new ArrayList<>();
        StringBuilder joined = new StringBuilder();
        for (int id : ids) {
            pieces.add(stream.next(id).orElse(null));
            joined.append(pieces.getLast() == null ? "" : pieces.getLast());
        }
        found.compare("stream", golden.get("stream"), pieces);
        Object whole = golden.get("decoded_skip_special");
        Object expected = golden.get("stream_joined");
        found.compare("joined stream", expected == null ? whole : expected, joined.toString());
        found.compare("finished stream", whole, joined + stream.finish());
    }

    private List<String> pair(Map<String, Object> golden) {
        Differences found = new Differences();
        Encoding encoding = tokenizer.encodePair((String) golden.get("text"), (String) golden.get("pair"), true);
        found.compareEncoding(golden, encoding);
        found.compare("type_ids", golden.get("type_ids"), longs(encoding.types()));
        return found.names;
    }

    /** Names of what was not equal. */
    private static final class Differences {
        private final List<String> names = new ArrayList<>();

        void compare(String name, Object expected, Object found) {
            if (!Objects.equals(expected, found)) {
                names.add(name);
            }
        }

        void compareEncoding(Map<String, Object> golden, Encoding encoding) {
            compare("ids", golden.get("ids"), longs(encoding.ids()));
            compare("tokens", golden.get("tokens"), Arrays.asList(encoding.tokens()));
            List<Object> offsets = new ArrayList<>();
            for (int i = 0; i < encoding.length(); i++) {
                offsets.add(List.of((long) encoding.starts()[i], (long) encoding.ends()[i]));
            }
            compare("offsets", golden.get("offsets"), offsets);
        }
    }

    private static List<Long> longs(int[] ints) {
        return Arrays.stream(ints).asLongStream().boxed().toList();
    }

    private static List<Long> mask(boolean[] truths) {
        List<Long> mask = new ArrayList<>();
        for (boolean truth : truths) {
            mask.add(truth ? 1L : 0L);
        }
        return mask;
    }

    private static List<?> list(Map<String, Object> golden, String key) {
        return golden.get(key) instanceof List<?> list ? list : List.of();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    private static String name(Object one, String key) {
        return Visible.name(String.valueOf(object(one).get(key)));
    }
}
