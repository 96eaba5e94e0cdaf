package lathe.runtime.source;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tokenizer.json of a tokenizer whose tokens are the 256 bytes. */
final class ByteTokenizer {
    private ByteTokenizer() {}

    static Map<String, Object> json() {
        Map<String, Object> vocabulary = new LinkedHashMap<>();
        int beyond = 0;
        for (int value = 0; value < 256; value++) {
            // Bytes that are no printable characters of Latin-1 stand as characters from 256 on, as byte-level models say.
            boolean plain = value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xac || value >= 0xae;
            vocabulary.put(Character.toString(plain ? value : 256 + beyond++), value);
        }
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("type", "BPE");
        model.put("dropout", null);
        model.put("unk_token", null);
        model.put("vocab", vocabulary);
        model.put("merges", List.of());
        Map<String, Object> bytes = Map.of("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true,
                "use_regex", false);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", "1.0");
        json.put("added_tokens", List.of());
        json.put("pre_tokenizer", bytes);
        json.put("decoder", bytes);
        json.put("model", model);
        return json;
    }
}
