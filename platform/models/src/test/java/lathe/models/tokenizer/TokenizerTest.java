package lathe.models.tokenizer;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.checkpoint.SharedFolder;

class TokenizerTest {
    @TempDir
    Path folder;

    @Test
    void takesEndTokensFromTheGenerationConfigFirst() throws IOException {
        copyTokenizer();
        Files.writeString(folder.resolve("special_tokens_map.json"), """
                {"bos_token": "<|begin_of_text|>", "eos_token": {"content": "<|begin_of_text|>"}}""");
        assertThat(open().special().ends()).containsExactly(1500);
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"bos_token": {"content": "<|begin_of_text|>"}, "eos_token": "<|end_of_text|>"}""");
        SpecialTokens named = open().special();
        assertThat(named.begin()).hasValue(1500);
        assertThat(named.ends()).containsExactly(1501);
        Files.writeString(folder.resolve("config.json"), """
                {"bos_token_id": 7, "eos_token_id": 8}""");
        assertThat(open().special().ends()).containsExactly(8);
        assertThat(open().special().begin()).hasValue(7);
        Files.writeString(folder.resolve("generation_config.json"), """
                {"eos_token_id": [3, 4, 999999999], "pad_token_id": null}""");
        SpecialTokens generation = open().special();
        assertThat(generation.ends()).containsExactlyInAnyOrder(3, 4);
        assertThat(generation.isEnd(4)).isTrue();
        assertThat(generation.isEnd(8)).isFalse();
        assertThat(generation.padding()).isEmpty();
    }

    @Test
    void refusesSideFilesThatAreBroken() throws IOException {
        copyTokenizer();
        Files.writeString(folder.resolve("generation_config.json"), "{");
        assertRefused(this::open, "generation_config.json");
    }

    @Test
    void refusesTokenizersWithAbsurdIds() throws IOException {
        for (String vocabulary : List.of("{\"a\": 2000000000}", "{\"a\": -1}", "{\"a\": 1.5}", "{\"a\": \"b\"}", "7")) {
            Files.writeString(folder.resolve("tokenizer.json"), """
                    {"model": {"type": "BPE", "vocab": %s, "merges": []}}""".formatted(vocabulary));
            assertRefused(this::open, "tokenizer.json");
        }
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        assertRefused(this::open, "no 'model'");
        Files.writeString(folder.resolve("tokenizer.json"), "[".repeat(50_000));
        assertRefused(this::open, "tokenizer.json");
        Files.writeString(folder.resolve("tokenizer.json"), "{\"x\": " + "[".repeat(50_000));
        assertRefused(this::open, "too deeply");
    }

    @Test
    void refusesTemplatesThatNameTokensWhichAreNotDefined() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), withTemplate("{}"));
        assertRefused(this::open, "template", "'<s>'");
    }

    @Test
    void refusesTemplatesWithIdsBeyondTheVocabulary() throws IOException {
        for (long id : new long[] {100_000, 4_294_967_295L}) {
            Files.writeString(folder.resolve("tokenizer.json"), withTemplate("""
                    {"<s>": {"id": "<s>", "ids": [%d], "tokens": ["<s>"]}}""".formatted(id)));
            assertRefused(this::open, "the token id " + id, "100000 entries");
        }
        Files.writeString(folder.resolve("tokenizer.json"), withTemplate("""
                {"<s>": {"id": "<s>", "ids": [99999], "tokens": ["<s>"]}}"""));
        assertThat(open().encode("a")).containsExactly(99_999, 0);
    }

    private static String withTemplate(String tokens) {
        return """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
                 "pre_tokenizer": null, "decoder": null,
                 "post_processor": {"type": "Sequence", "processors": [{"type": "TemplateProcessing",
                   "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                   "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                   "special_tokens": %s}]},
                 "model": {"type": "WordLevel", "vocab": {"a": 0, "?": 1}, "unk_token": "?"}}""".formatted(tokens);
    }

    @Test
    void saysThatThereIsNoTokenizer() {
        assertRefused(this::open, "There is no file", "tokenizer.json");
    }

    @Test
    void asksForTokenizerJsonWhereThereIsOnlyASentencePieceModel() throws IOException {
        Files.writeString(folder.resolve("tokenizer.model"), "x");
        assertRefused(this::open, "SentencePiece", "tokenizer.json is needed");
    }

    @Test
    void replacesUnpairedSurrogates() throws IOException {
        copyTokenizer();
        Tokenizer tokenizer = open();
        assertThat(tokenizer.encode("a\ud800b\udc00")).isEqualTo(tokenizer.encode("a\ufffdb\ufffd"));
        assertThat(tokenizer.decode(tokenizer.encodePlain("x😀y"), true)).isEqualTo("x😀y");
    }

    @Test
    void decodesIdsThatNoTokenHasToNothing() throws IOException {
        copyTokenizer();
        assertThat(open().decode(new int[] {5_000_000}, false)).isEmpty();
    }

    @Test
    void givesTheSameFromManyThreads() throws IOException {
        copyTokenizer();
        Tokenizer tokenizer = open();
        String text = "The quick brown fox, 12345 times. ".repeat(20);
        int[] expected = tokenizer.encode(text);
        assertThat(IntStream.range(0, 200).parallel().allMatch(
                i -> Arrays.equals(tokenizer.encode(text), expected))).isTrue();
    }

    @Test
    void turnsOffsetsIntoIndicesOfJavaStrings() throws IOException {
        copyTokenizer();
        String text = "😀😀 end";
        Encoding encoding = open().encodeFully(text, false);
        int last = encoding.length() - 1;
        assertThat(text.substring(Encoding.charIndex(text, encoding.starts()[last]),
                Encoding.charIndex(text, encoding.ends()[last]))).isNotEmpty().isSubstringOf(" end");
    }

    private Tokenizer open() {
        return Tokenizer.open(folder, 100_000);
    }

    private void copyTokenizer() throws IOException {
        Path source = SharedFolder.require("golden/tokenizers/bytelevel-llama3");
        Files.copy(source.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    }
}
