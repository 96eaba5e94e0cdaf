package lathe.models.architecture;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.checkpoint.CheckpointWriter;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.checkpoint.TensorSource;

/** Checkpoints that hold more than a head's name says, or all of it under other names. */
class StoredNamesTest {
    private static final String HEAD = "lm_head.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";

    @TempDir
    Path folder;

    @Test
    void takesAHeadThatDiffersFromTheEmbeddingItIsTiedTo() throws IOException {
        copy("llama-gqa-tied", name -> name, 1);
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThat(model.config().tied()).isFalse();
            assertThat(model.weight(TensorRole.HEAD).entry().name()).isEqualTo(HEAD);
            assertThat(model.rawConfig()).containsEntry("tie_word_embeddings", false);
        }
    }

    @Test
    void ignoresAHeadThatIsTheEmbedding() throws IOException {
        copy("llama-gqa-tied", name -> name, 0);
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThat(model.config().tied()).isTrue();
            assertThat(model.checkpoint().find(HEAD)).isPresent();
            assertThat(model.weight(TensorRole.HEAD).entry().name()).isEqualTo(EMBEDDING);
        }
    }

    @Test
    void readsADecoderThatWasPartOfALargerModel() throws IOException {
        List<UnaryOperator<String>> namings = List.of(name -> name.replaceFirst("^model\\.", ""),
                name -> name.replaceFirst("^model\\.", "model.language_model."), name -> "language_model." + name);
        for (UnaryOperator<String> naming : namings) {
            for (String golden : List.of("llama", "llama-gqa-tied", "deepseek-v3")) {
                copy(golden, naming, -1);
                try (ModelFolder model = ModelFolder.open(folder);
                        ModelFolder usual = ModelFolder.open(SharedFolder.require("golden/models/" + golden))) {
                    assertThat(model.weights().keySet()).isEqualTo(usual.weights().keySet());
                    assertThat(model.weight(TensorRole.EMBEDDING).entry().name()).isEqualTo(naming.apply(EMBEDDING));
                }
            }
        }
    }

    @Test
    void saysThatNamesBeginOtherwise() throws IOException {
        copy("llama", name -> name.replaceFirst("^model\\.", "transformer.decoder."), -1);
        assertRefused(() -> ModelFolder.open(folder), "begin otherwise", "'transformer.decoder.'", "'model.'");
    }

    /** A golden model under other names; with a head that differs from the embedding in so many bytes if not negative. */
    private void copy(String golden, UnaryOperator<String> naming, int changed) throws IOException {
        Path source = SharedFolder.require("golden/models/" + golden);
        Files.copy(source.resolve("config.json"), folder.resolve("config.json"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        try (ModelFolder model = ModelFolder.open(source); Arena arena = Arena.ofConfined()) {
            List<TensorSource> tensors = new ArrayList<>();
            for (TensorEntry entry : model.checkpoint().entries()) {
                tensors.add(TensorSource.of(naming.apply(entry.name()), entry.type(), entry.shape(), entry.segment()));
            }
            if (changed >= 0) {
                TensorEntry embedding = model.checkpoint().entry(EMBEDDING);
                MemorySegment head = arena.allocate(embedding.bytes()).copyFrom(embedding.segment());
                for (long i = head.byteSize() - changed; i < head.byteSize(); i++) {
                    head.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, (byte) 1);
                }
                tensors.add(TensorSource.of(HEAD, embedding.type(), embedding.shape(), head));
            }
            try (var old = Files.list(folder)) {
                for (Path file : old.filter(path -> path.toString().contains("safetensors")).toList()) {
                    Files.delete(file);
                }
            }
            CheckpointWriter.write(folder, tensors, Map.of(), 1 << 30);
        }
    }
}
