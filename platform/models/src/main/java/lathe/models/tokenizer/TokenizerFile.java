package lathe.models.tokenizer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.models.checkpoint.JsonTokens;
import lathe.models.checkpoint.RegularFile;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/**
 * The parts of {@code tokenizer.json} that are needed besides the native library: whether it is JSON at all, which ids
 * there are, which tokens are special. Read token by token, whatever its size; the vocabulary is not kept.
 */
final class TokenizerFile {
    private static final long LONGEST = 200_000_000;
    private static final char REPLACEMENT = '\uFFFD';
    private static final int LARGEST_ID = 1 << 24;
    private static final List<String> KINDS = List.of("BPE", "Unigram", "WordLevel", "WordPiece");

    private final Path file;
    private final BitSet vocabulary = new BitSet();
    private final BitSet ids = new BitSet();
    private final Map<String, Integer> added = new LinkedHashMap<>();
    private final Set<Integer> special = new LinkedHashSet<>();
    private long largestId = -1;
    private String largestToken = "";

    TokenizerFile(Path file, String text) {
        this.file = file;
        scan(text);
    }

    Map<String, Integer> added() {
        return added;
    }

    Set<Integer> special() {
        return special;
    }

    int vocabularySize() {
        return vocabulary.cardinality();
    }

    int sizeWithAdded() {
        return ids.cardinality();
    }

    /** Refuses ids that have no row in the embedding. */
    void requireWithin(int rows) {
        if (largestId >= rows) {
            throw problem("the token " + Visible.name(largestToken) + " has the id " + largestId
                    + ", but the model's vocabulary has only " + rows + " entries");
        }
    }

    LatheException problem(String what) {
        return new LatheException(Visible.path(file) + " cannot be used: " + what + ".");
    }

    private void scan(String text) {
        boolean[] model = {false};
        JsonTokens.read(file, text, json -> json.object(key -> {
            switch (key) {
                case "post_processor" -> checkTemplates(json.tree());
                case "added_tokens" -> json.array(() -> addedToken(json));
                case "model" -> {
                    model[0] = true;
                    json.object(part -> modelPart(part, json));
                }
                default -> json.skip();
            }
        }));
        if (!model[0]) {
            throw problem("it has no 'model'");
        }
    }

    /** The native library ends the whole process where a template names a token that it does not define. */
    private void checkTemplates(Object processor) {
        if (processor instanceof List<?> list) {
            list.forEach(this::checkTemplates);
        } else if (processor instanceof Map<?, ?> map) {
            if ("TemplateProcessing".equals(map.get("type"))) {
                Set<?> defined = map.get("special_tokens") instanceof Map<?, ?> tokens ? tokens.keySet() : Set.of();
                checkTemplate(map.get("single"), defined);
                checkTemplate(map.get("pair"), defined);
            }
            checkTemplates(map.get("processors"));
        }
    }

    private void checkTemplate(Object template, Set<?> defined) {
        if (template instanceof List<?> pieces) {
            for (Object piece : pieces) {
                if (piece instanceof Map<?, ?> map && map.get("SpecialToken") instanceof Map<?, ?> token
                        && token.get("id") instanceof String id && !defined.contains(id)) {
                    throw problem(
                            "its template names the special token " + Visible.name(id) + ", which it does not define");
                }
            }
        }
    }

    private void modelPart(String part, JsonTokens json) throws IOException {
        switch (part) {
            case "vocab" -> vocabulary(json);
            case "type" -> {
                String type = json.text(part);
                if (!KINDS.contains(type)) {
                    throw problem("it is a tokenizer of the unknown type " + Visible.name(type) + "; known are "
                            + String.join(", ", KINDS));
                }
            }
            default -> json.skip();
        }
    }

    private void addedToken(JsonTokens json) throws IOException {
        String[] content = {""};
        long[] id = {-1};
        boolean[] isSpecial = {false};
        json.object(key -> {
            switch (key) {
                case "content" -> content[0] = json.text(key);
                case "id" -> id[0] = json.whole(key);
                case "special" -> isSpecial[0] = json.truth(key);
                default -> json.skip();
            }
        });
        note(content[0], id[0]);
        added.put(content[0], (int) id[0]);
        if (isSpecial[0]) {
            special.add((int) id[0]);
        }
    }

    /** An object of tokens and ids, or (Unigram) a list whose positions are the ids. */
    private void vocabulary(JsonTokens json) throws IOException {
        if (json.isArray()) {
            int[] next = {0};
            json.array(() -> {
                note("", next[0]);
                vocabulary.set(next[0]++);
                json.skip();
            });
            return;
        }
        json.object(token -> {
            long id = json.whole(token);
            note(token, id);
            vocabulary.set((int) id);
        });
    }

    private void note(String token, long id) {
        if (id < 0 || id > LARGEST_ID) {
            throw problem(
                    "the token " + Visible.name(token) + " has the id " + id + "; ids are from 0 to " + LARGEST_ID);
        }
        ids.set((int) id);
        if (id > largestId) {
            largestId = id;
            largestToken = token;
        }
    }

    /** A string's own decoder is the faster one, but puts a sign where the text is wrong instead of saying so. */
    private static String decode(ByteBuffer bytes) throws CharacterCodingException {
        String text = new String(bytes.array(), 0, bytes.limit(), StandardCharsets.UTF_8);
        return text.indexOf(REPLACEMENT) < 0 ? text : StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    }

    static String read(Path file) {
        try (FileChannel channel = RegularFile.open(file)) {
            if (channel.size() == 0 || channel.size() > LONGEST) {
                throw new LatheException(Visible.path(file) + (channel.size() == 0
                        ? " is empty."
                        : " has " + channel.size() + " bytes; more than " + LONGEST + " are not read."));
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                continue;
            }
            return decode(bytes.flip());
        } catch (CharacterCodingException e) {
            throw new LatheException(Visible.path(file) + " cannot be used: it is not valid UTF-8.", e);
        } catch (IOException e) {
            throw RegularFile.unreadable(file, e);
        }
    }
}
