package lathe.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.checkpoint.Visible;

/** Strings encoded and decoded by the reference library; everything must be equal. */
class GoldenTokenizersTest {
    @TestFactory
    Stream<DynamicNode> encodesAndDecodesLikeTheReference() {
        return SharedFolder.cases("tokenizers").stream().map(folder -> {
            JsonObject golden = json(folder.resolve("cases.json"));
            Tokenizer tokenizer = Tokenizer.open(folder, 1 << 20);
            List<DynamicNode> tests = new ArrayList<>();
            tests.add(dynamicTest("sizes", () -> {
                assertThat(tokenizer.vocabularySize()).isEqualTo(golden.get("vocabulary_size").getAsInt());
                assertThat(tokenizer.sizeWithAdded()).isEqualTo(golden.get("vocabulary_size_with_added").getAsInt());
            }));
            tests.add(dynamicTest("special tokens", () -> checkAdded(tokenizer, golden)));
            for (JsonElement element : golden.getAsJsonArray("cases")) {
                JsonObject one = element.getAsJsonObject();
                tests.add(dynamicTest(Visible.name(one.get("text").getAsString()), () -> checkCase(tokenizer, one)));
            }
            for (JsonElement element : golden.getAsJsonArray("pairs")) {
                JsonObject pair = element.getAsJsonObject();
                tests.add(dynamicTest("pair " + Visible.name(pair.get("text").getAsString()),
                        () -> checkPair(tokenizer, pair)));
            }
            return DynamicContainer.dynamicContainer(folder.getFileName().toString(), tests);
        });
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

    private static void checkAdded(Tokenizer tokenizer, JsonObject golden) {
        for (JsonElement element : golden.getAsJsonArray("added_tokens")) {
            JsonObject token = element.getAsJsonObject();
            int id = token.get("id").getAsInt();
            assertThat(tokenizer.addedToken(token.get("content").getAsString())).hasValue(id);
            assertThat(tokenizer.special().all().contains(id)).isEqualTo(token.get("special").getAsBoolean());
        }
    }

    private static void checkCase(Tokenizer tokenizer, JsonObject golden) {
        String text = golden.get("text").getAsString();
        Encoding encoding = tokenizer.encodeFully(text, true);
        assertThat(encoding.ids()).isEqualTo(ints(golden.get("ids")));
        assertThat(tokenizer.encode(text)).isEqualTo(encoding.ids());
        assertThat(tokenizer.encodePlain(text)).isEqualTo(ints(golden.get("ids_without_special")));
        assertThat(encoding.tokens()).isEqualTo(texts(golden.get("tokens")));
        assertOffsets(encoding, golden.getAsJsonArray("offsets"));
        assertThat(encoding.special()).isEqualTo(truths(golden.get("special_mask")));
        assertThat(tokenizer.decode(encoding.ids(), false)).isEqualTo(golden.get("decoded").getAsString());
        String decoded = golden.get("decoded_skip_special").getAsString();
        assertThat(tokenizer.decode(encoding.ids(), true)).isEqualTo(decoded);
        checkStream(tokenizer, encoding.ids(), golden, decoded);
    }

    private static void checkStream(Tokenizer tokenizer, int[] ids, JsonObject golden, String decoded) {
        DecodeStream stream = tokenizer.stream(true);
        StringBuilder joined = new StringBuilder();
        JsonArray expected = golden.getAsJsonArray("stream");
        for (int i = 0; i < ids.length; i++) {
            String piece = stream.next(ids[i]).orElse(null);
            assertThat(piece).isEqualTo(expected.get(i).isJsonNull() ? null : expected.get(i).getAsString());
            joined.append(piece == null ? "" : piece);
        }
        assertThat(joined).hasToString(golden.has("stream_joined") && !golden.get("stream_joined").isJsonNull()
                ? golden.get("stream_joined").getAsString()
                : decoded);
        assertThat(joined + stream.finish()).isEqualTo(decoded);
    }

    private static void checkPair(Tokenizer tokenizer, JsonObject golden) {
        Encoding encoding = tokenizer.encodePair(golden.get("text").getAsString(), golden.get("pair").getAsString(),
                true);
        assertThat(encoding.ids()).isEqualTo(ints(golden.get("ids")));
        assertThat(encoding.types()).isEqualTo(ints(golden.get("type_ids")));
        assertThat(encoding.tokens()).isEqualTo(texts(golden.get("tokens")));
        assertOffsets(encoding, golden.getAsJsonArray("offsets"));
    }

    private static void assertOffsets(Encoding encoding, JsonArray offsets) {
        assertThat(encoding.length()).isEqualTo(offsets.size());
        for (int i = 0; i < offsets.size(); i++) {
            assertThat(new int[] {encoding.starts()[i], encoding.ends()[i]}).as("token " + i).isEqualTo(
                    ints(offsets.get(i)));
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

    private static int[] ints(JsonElement list) {
        return list.getAsJsonArray().asList().stream().mapToInt(JsonElement::getAsInt).toArray();
    }

    private static String[] texts(JsonElement list) {
        return list.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toArray(String[]::new);
    }

    private static boolean[] truths(JsonElement list) {
        int[] numbers = ints(list);
        boolean[] truths = new boolean[numbers.length];
        for (int i = 0; i < truths.length; i++) {
            truths[i] = numbers[i] != 0;
        }
        return truths;
    }
}
