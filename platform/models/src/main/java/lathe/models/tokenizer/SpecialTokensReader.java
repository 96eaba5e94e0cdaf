package lathe.models.tokenizer;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

import lathe.models.checkpoint.RegularFile;
import lathe.models.checkpoint.StrictJson;

/**
 * Finds the tokens with a role. {@code generation_config.json} counts before {@code config.json} (both hold ids), and
 * both before {@code tokenizer_config.json} and {@code special_tokens_map.json} (which hold tokens as text); a model may
 * have several end tokens.
 */
final class SpecialTokensReader {
    private static final long LONGEST = 16_000_000;

    private final List<Map<String, Object>> idFiles;
    private final List<Map<String, Object>> textFiles;
    private final TokenizerFile tokenizer;
    private final int vocabulary;

    private SpecialTokensReader(Path folder, TokenizerFile tokenizer, int vocabulary) {
        this.idFiles = List.of(optional(folder.resolve("generation_config.json")),
                optional(folder.resolve("config.json")));
        this.textFiles = List.of(optional(folder.resolve("tokenizer_config.json")),
                optional(folder.resolve("special_tokens_map.json")));
        this.tokenizer = tokenizer;
        this.vocabulary = vocabulary;
    }

    static SpecialTokens read(Path folder, TokenizerFile tokenizer, int vocabulary) {
        SpecialTokensReader reader = new SpecialTokensReader(folder, tokenizer, vocabulary);
        return new SpecialTokens(reader.one("bos"), reader.all("eos"), reader.one("pad"), reader.one("unk"),
                tokenizer.special());
    }

    private OptionalInt one(String role) {
        return all(role).stream().mapToInt(Integer::intValue).findFirst();
    }

    private Set<Integer> all(String role) {
        for (Map<String, Object> file : idFiles) {
            Set<Integer> ids = ids(file.get(role + "_token_id"));
            if (!ids.isEmpty()) {
                return ids;
            }
        }
        for (Map<String, Object> file : textFiles) {
            Object token = file.get(role + "_token");
            Object content = token instanceof Map<?, ?> map ? map.get("content") : token;
            Integer id = content instanceof String text ? tokenizer.added().get(text) : null;
            if (id != null) {
                return Set.of(id);
            }
        }
        return Set.of();
    }

    /** An id or a list of ids; ids that the model does not have can never come and are left out. */
    private Set<Integer> ids(Object value) {
        Set<Integer> ids = new LinkedHashSet<>();
        for (Object entry : value instanceof List<?> list ? list : Collections.singletonList(value)) {
            if (entry instanceof Long id && id >= 0 && id < vocabulary) {
                ids.add(id.intValue());
            }
        }
        return ids;
    }

    private static Map<String, Object> optional(Path file) {
        return RegularFile.isPresent(file) ? StrictJson.readObject(file, LONGEST) : Map.of();
    }
}
