package lathe.models.architecture;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.checkpoint.SharedFolder;

/** Folders of which nothing may come but a sentence. */
class HostileModelsTest {
    private static final Map<String, List<String>> SAID = said();

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> refusesEveryBrokenFolderAndSaysWhatIsWrong() {
        return folders().filter(path -> !path.getFileName().toString().startsWith("valid"))
                .map(path -> dynamicTest(path.getFileName().toString(), () -> {
                    assertThat(SAID).containsKey(path.getFileName().toString());
                    String[] words = SAID.get(path.getFileName().toString()).toArray(String[]::new);
                    assertRefused(() -> use(path), words);
                }));
    }

    @TestFactory
    Stream<DynamicTest> opensTheValidOnes() {
        return folders().filter(path -> path.getFileName().toString().startsWith("valid"))
                .map(path -> dynamicTest(path.getFileName().toString(), () -> use(path)));
    }

    @Test
    void knowsEveryBrokenFolder() {
        assertThat(folders().map(path -> path.getFileName().toString())).hasSize(SAID.size() + 2).containsAll(
                SAID.keySet());
    }

    @Test
    @Timeout(30)
    void refusesAConfigThatIsNoRegularFile() throws Exception {
        Path config = folder.resolve("config.json");
        Files.createDirectory(config);
        assertRefused(() -> ModelFolder.open(folder), "config.json is a folder");
        Files.delete(config);
        Files.createSymbolicLink(config, config);
        assertRefused(() -> ModelFolder.open(folder), "config.json is a symbolic link that cannot be followed");
        Files.delete(config);
        if (new ProcessBuilder("mkfifo", config.toString()).start().waitFor() == 0) {
            assertRefused(() -> ModelFolder.open(folder), "config.json is a pipe");
        }
    }

    @Test
    void refusesATokenizerThatIsNoRegularFile() throws IOException {
        Path valid = SharedFolder.require("golden/hostile/models/valid");
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(valid.resolve(name), folder.resolve(name));
        }
        Files.createDirectory(folder.resolve("tokenizer.json"));
        assertRefused(() -> use(folder), "tokenizer.json is a folder");
    }

    private static Stream<Path> folders() {
        return SharedFolder.list(SharedFolder.require("golden/hostile/models")).stream();
    }

    /** What a run does with a model before it computes with it. */
    private static void use(Path path) {
        try (ModelFolder model = ModelFolder.open(path)) {
            if (model.hasTokenizer()) {
                model.tokenizer();
            }
            model.requireFiniteWeights();
        }
    }

    private static Map<String, List<String>> said() {
        Map<String, List<String>> said = new HashMap<>();
        said.put("index-missing-shard", List.of("index.json", "'model-00002-of-00002.safetensors'", "not there"));
        said.put("index-parent-path", List.of("index.json", "'../valid/model.safetensors'", "plain file name"));
        said.put("index-absolute-path", List.of("index.json", "'/etc/passwd'", "plain file name"));
        said.put("index-hidden-parent-path", List.of("index.json", "'sub/../../valid/model.safetensors'"));
        said.put("index-wrong-shard", List.of("index.json", "'lm_head.weight'", "00001-of", "00002-of"));
        said.put("index-unlisted-tensor", List.of("index.json", "does not list", "'lm_head.weight'"));
        said.put("index-no-weight-map", List.of("index.json", "'weight_map'"));
        said.put("index-truncated", List.of("index.json", "ends in the middle"));
        said.put("index-weight-map-numbers", List.of("index.json", "'weight_map'", "not the name of a file"));
        said.put("config-absent", List.of("There is no file", "config.json"));
        said.put("config-empty", List.of("config.json is empty"));
        said.put("config-truncated", List.of("config.json", "ends in the middle"));
        said.put("config-array", List.of("config.json", "a list where an object"));
        said.put("config-no-model-type", List.of("config.json", "'model_type' is missing"));
        said.put("config-unknown-model-type", List.of("config.json", "'llamma'", "the nearest is 'llama'"));
        said.put("config-no-hidden-size", List.of("config.json", "'hidden_size' is missing"));
        said.put("config-negative", List.of("config.json", "'num_hidden_layers' is -1"));
        said.put("config-zero-heads", List.of("config.json", "'num_attention_heads' is 0"));
        said.put("config-heads-do-not-divide", List.of("config.json", "3 query heads", "2 key/value heads"));
        said.put("config-absurd", List.of("config.json", "'num_hidden_layers' is 2000000000"));
        said.put("config-absurd-vocabulary", List.of("config.json", "'vocab_size' is 1099511627776"));
        said.put("config-string-number", List.of("config.json", "'hidden_size' is the text '8'"));
        said.put("config-fraction", List.of("config.json", "'hidden_size' is 8.5", "whole number"));
        said.put("config-wrong-shape", List.of("down_proj.weight' is [8, 12] and should be [8, 16]"));
        said.put("config-more-layers", List.of("missing: 'model.layers.1.", "and 4 more"));
        said.put("config-fewer-layers", List.of("surplus: 'model.layers.0."));
        said.put("config-unknown-activation", List.of("config.json", "activation 'swoosh'"));
        said.put("config-unknown-rope", List.of("config.json", "'spiral'", "yarn"));
        said.put("config-rope-without-factor", List.of("config.json", "llama3", "'low_freq_factor'"));
        said.put("config-odd-head-dim", List.of("config.json", "head_dim", "even"));
        said.put("config-nan", List.of("config.json", "not JSON", "rms_norm_eps"));
        said.put("config-duplicate-key", List.of("config.json", "'hidden_size'", "twice"));
        said.put("config-deep", List.of("config.json", "too deeply"));
        said.put("config-quantised", List.of("config.json", "'secret'", "not supported"));
        said.put("weights-nan", List.of("up_proj.weight'", "NaN", "row 0, column 5"));
        said.put("weights-infinite", List.of("q_proj.weight'", "infinity", "row 1, column 1"));
        said.put("weights-missing", List.of("missing: 'model.layers.0.mlp.down_proj.weight'"));
        said.put("weights-surplus", List.of("surplus: 'model.layers.0.mlp.extra.weight'"));
        said.put("weights-transposed", List.of("gate_proj.weight' is [8, 12] and should be [12, 8]"));
        said.put("weights-integer", List.of("I32", "F32, F16, BF16"));
        said.put("weights-truncated", List.of("model.safetensors", "'lm_head.weight'", "truncated"));
        said.put("weights-absent", List.of("holds no weights", "model.safetensors"));
        said.put("weights-pickle-only", List.of("'pytorch_model.bin'", "safetensors are needed"));
        said.put("tokenizer-truncated", List.of("tokenizer.json", "ends in the middle"));
        said.put("tokenizer-empty", List.of("tokenizer.json is empty"));
        said.put("tokenizer-bad-merge", List.of("tokenizer.json", "out of vocabulary"));
        said.put("tokenizer-unknown-model", List.of("tokenizer.json", "'Runes'"));
        said.put("tokenizer-id-beyond-vocabulary", List.of("tokenizer.json", "'abc' has the id 99", "16 entries"));
        said.put("tokenizer-not-json", List.of("tokenizer.json", "UTF-8"));
        return said;
    }
}
