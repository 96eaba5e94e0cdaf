package lathe.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.check.TokenizerCases;
import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.TensorEntry;

/** Strings encoded and decoded by the reference library; everything must be equal. */
class GoldenTokenizersTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicNode> encodesAndDecodesLikeTheReference() {
        return SharedFolder.cases("tokenizers").stream().map(folder -> DynamicContainer.dynamicContainer(
                folder.getFileName().toString(), TokenizerCases.run(folder).stream().map(outcome -> dynamicTest(
                        outcome.name(), () -> assertThat(outcome.difference()).isEmpty()))));
    }

    @Test
    void findsEveryKindOfDifference() throws IOException {
        Path source = SharedFolder.require("golden/tokenizers/wordpiece");
        String cases = Files.readString(source.resolve("cases.json"));
        Files.copy(source.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        for (String key : List.of("ids", "tokens", "offsets", "special_mask", "ids_without_special", "decoded",
                "decoded_skip_special", "stream", "type_ids", "vocabulary_size", "special")) {
            Files.writeString(folder.resolve("cases.json"), cases.replace("\"" + key + "\":", "\"other\":"));
            assertThat(TokenizerCases.run(folder)).as(key).anyMatch(outcome -> !outcome.isEqual());
        }
    }

    @TestFactory
    Stream<DynamicTest> encodesThePromptsOfTheGoldenModels() {
        return SharedFolder.cases("models").stream().filter(folder -> Files.exists(folder.resolve("tokenizer.json")))
                .flatMap(folder -> Stream.of("greedy", "greedy_short").map(
                        run -> dynamicTest(folder.getFileName() + " " + run, () -> checkPrompt(folder, run))));
    }

    private static void checkPrompt(Path folder, String run) {
        JsonObject expected = json(folder.resolve("expected.json")).getAsJsonObject("greedy").getAsJsonObject(run);
        Tokenizer tokenizer = Tokenizer.open(folder, 320);
        try (SafetensorsFile tensors = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
            int[] prompt = ids(tensors.find(run + ".prompt").orElseThrow());
            int[] tokens = ids(tensors.find(run + ".tokens").orElseThrow());
            assertThat(tokenizer.encode(expected.get("prompt_text").getAsString())).isEqualTo(prompt);
            assertThat(tokenizer.decode(tokens, true)).isEqualTo(expected.get("continuation_text").getAsString());
        }
    }

    private static JsonObject json(Path file) {
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] ids(TensorEntry entry) {
        int[] ids = new int[(int) entry.elements()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (int) entry.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i);
        }
        return ids;
    }
}
