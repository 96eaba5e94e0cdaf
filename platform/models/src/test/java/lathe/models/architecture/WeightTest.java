package lathe.models.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.checkpoint.CheckpointWriter;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.checkpoint.TensorSource;

/** Parts of fused tensors, cut out by naive indexing and by {@link Weight}. */
class WeightTest {
    @TempDir
    Path folder;

    private static ModelFolder golden(String name) {
        return ModelFolder.open(SharedFolder.require("golden/models/" + name));
    }

    @Test
    void seesWeightsOfGpt2AsOutByIn() {
        try (ModelFolder model = golden("gpt2")) {
            TensorEntry fused = model.checkpoint().entry("transformer.h.1.attn.c_attn.weight");
            TensorRole[] roles = {TensorRole.Q, TensorRole.K, TensorRole.V};
            for (int part = 0; part < 3; part++) {
                Weight weight = model.weight(1, roles[part]);
                assertThat(weight.isContiguous()).isFalse();
                short[] values = values(weight);
                for (int out = 0; out < 64; out++) {
                    for (int in = 0; in < 64; in++) {
                        assertThat(values[out * 64 + in]).isEqualTo(at(fused, in * 192 + part * 64 + out));
                    }
                }
                assertThat(values(model.bias(1, roles[part]).orElseThrow())).hasSize(64);
            }
            assertThatThrownBy(() -> model.weight(1, TensorRole.O).segment()).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void takesQueriesKeysAndValuesOfGptNeoxOutOfEachHead() {
        try (ModelFolder model = golden("gpt-neox")) {
            TensorEntry fused = model.checkpoint().entry("gpt_neox.layers.2.attention.query_key_value.weight");
            TensorEntry fusedBias = model.checkpoint().entry("gpt_neox.layers.2.attention.query_key_value.bias");
            TensorRole[] roles = {TensorRole.Q, TensorRole.K, TensorRole.V};
            for (int part = 0; part < 3; part++) {
                short[] values = values(model.weight(2, roles[part]));
                short[] bias = values(model.bias(2, roles[part]).orElseThrow());
                for (int head = 0; head < 4; head++) {
                    for (int d = 0; d < 16; d++) {
                        int stored = (head * 3 + part) * 16 + d;
                        assertThat(bias[head * 16 + d]).isEqualTo(at(fusedBias, stored));
                        for (int in = 0; in < 64; in++) {
                            assertThat(values[(head * 16 + d) * 64 + in]).isEqualTo(at(fused, stored * 64 + in));
                        }
                    }
                }
            }
        }
    }

    @Test
    void cutsStackedProjectionsOfPhi3WithoutCopying() {
        try (ModelFolder model = golden("phi3")) {
            TensorEntry fused = model.checkpoint().entry("model.layers.0.self_attn.qkv_proj.weight");
            Weight v = model.weight(0, TensorRole.V);
            assertThat(v.isContiguous()).isTrue();
            assertThat(v.rows()).isEqualTo(32);
            assertThat(v.segment().address()).isEqualTo(fused.segment().address() + 96 * 64 * 2);
            Weight up = model.weight(0, TensorRole.UP);
            assertThat(up.segment().address()).isEqualTo(
                    model.checkpoint().entry("model.layers.0.mlp.gate_up_proj.weight").segment().address()
                            + 112 * 64 * 2);
        }
    }

    @Test
    void readsExpertsFusedIntoOneTensorLikeSingleOnes() throws IOException {
        for (String name : List.of("mixtral", "qwen3-moe", "deepseek-v3")) {
            Path copy = Files.createDirectory(folder.resolve(name));
            try (ModelFolder single = golden(name); Arena arena = Arena.ofConfined()) {
                Files.copy(single.folder().resolve("config.json"), copy.resolve("config.json"));
                CheckpointWriter.write(copy, fuse(single, arena), Map.of(), 1L << 30);
                try (ModelFolder fused = ModelFolder.open(copy)) {
                    assertThat(fused.checkpoint().names()).anyMatch(tensor -> tensor.endsWith("experts.gate_up_proj"));
                    assertThat(fused.weights().keySet()).containsExactlyInAnyOrderElementsOf(single.weights().keySet());
                    single.weights().forEach((slot, weight) -> {
                        Weight same = fused.weight(slot);
                        assertThat(same.isContiguous()).isTrue();
                        assertThat(same.segment().mismatch(weight.segment())).as(slot.toString()).isEqualTo(-1);
                    });
                }
            }
        }
    }

    @Test
    void takesTheEmbeddingForTheHeadOfATiedModel() {
        try (ModelFolder model = golden("llama-gqa-tied")) {
            assertThat(model.weight(TensorRole.HEAD)).isSameAs(model.weight(TensorRole.EMBEDDING));
            assertThat(model.find(Slot.of(TensorRole.HEAD))).isEmpty();
        }
    }

    /** The tensors with all experts of a block in two, as transformers 5 holds them in memory. */
    private static List<TensorSource> fuse(ModelFolder model, Arena arena) {
        List<TensorSource> tensors = new ArrayList<>();
        for (PlannedTensor planned : model.plan().tensors().values()) {
            Slot slot = planned.parts().getFirst().slot();
            if (!slot.role().isExpert() && slot.role() != TensorRole.ROUTER) {
                tensors.add(TensorSource.of(model.checkpoint().entry(planned.name())));
            }
        }
        for (Block block : model.config().blocks()) {
            if (block.feedForward() instanceof FeedForward.Experts experts) {
                String stem = "model.layers." + block.index() + ".mlp.";
                long hidden = model.config().hidden();
                tensors.add(
                        TensorSource.of(stem + "gate.weight", StoredType.BF16, new long[] {experts.experts(), hidden},
                                model.weight(block.index(), TensorRole.ROUTER).segment()));
                tensors.add(TensorSource.of(stem + "experts.gate_up_proj", StoredType.BF16,
                        new long[] {experts.experts(), 2L * experts.width(), hidden}, stack(model, block.index(),
                                experts.experts(), arena, TensorRole.EXPERT_GATE, TensorRole.EXPERT_UP)));
                tensors.add(TensorSource.of(stem + "experts.down_proj", StoredType.BF16,
                        new long[] {experts.experts(), hidden, experts.width()}, stack(model, block.index(),
                                experts.experts(), arena, TensorRole.EXPERT_DOWN)));
            }
        }
        return tensors;
    }

    private static MemorySegment stack(ModelFolder model, int block, int experts, Arena arena, TensorRole... roles) {
        List<MemorySegment> pieces = new ArrayList<>();
        for (int expert = 0; expert < experts; expert++) {
            for (TensorRole role : roles) {
                pieces.add(model.weight(block, expert, role).segment());
            }
        }
        MemorySegment all = arena.allocate(pieces.stream().mapToLong(MemorySegment::byteSize).sum());
        long at = 0;
        for (MemorySegment piece : pieces) {
            MemorySegment.copy(piece, 0, all, at, piece.byteSize());
            at += piece.byteSize();
        }
        return all;
    }

    private static short[] values(Weight weight) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(2L * weight.rows() * weight.columns(), 2);
            weight.copyTo(copy);
            return copy.toArray(ValueLayout.JAVA_SHORT);
        }
    }

    private static short at(TensorEntry entry, long index) {
        return entry.segment().get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index);
    }
}
