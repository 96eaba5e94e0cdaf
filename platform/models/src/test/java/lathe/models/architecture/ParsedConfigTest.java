package lathe.models.architecture;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.models.checkpoint.SharedFolder;

/** What a config means, and what it may not ask for. */
class ParsedConfigTest {
    private static final Path FILE = Path.of("config.json");

    private static ArchitectureConfig with(String golden, Object... changes) {
        Map<String, Object> raw = new LinkedHashMap<>(
                ParsedConfig.read(SharedFolder.require("golden/models/" + golden).resolve("config-v4.json")).raw());
        for (int i = 0; i < changes.length; i += 2) {
            raw.put((String) changes[i], changes[i + 1]);
        }
        raw.values().remove(Void.class);
        return ParsedConfig.of(FILE, raw).config();
    }

    @Test
    void refusesFeaturesByName() {
        assertRefused(() -> with("gpt2", "add_cross_attention", true), "cross-attention", "GPT-2");
        assertRefused(() -> with("gemma2", "use_bidirectional_attention", true), "both directions", "Gemma 2");
        assertRefused(() -> with("deepseek-v2-lite", "topk_method", "noaux_tc"), "topk_method 'noaux_tc'");
        assertRefused(() -> with("deepseek-v3", "scoring_func", "softmax"), "scoring_func 'softmax'");
        assertRefused(() -> with("llama", "layer_types", List.of("full_attention", "linear_attention",
                "full_attention")), "layer type 'linear_attention'");
        assertRefused(() -> with("llama", "layer_types", List.of("full_attention")), "3 entries");
        assertRefused(() -> with("llama", "rope_scaling", Map.of("type", "mrope")), "'mrope'");
        assertRefused(() -> with("llama", "rope_scaling", "yarn"), "'rope_scaling' is not an object");
        assertRefused(() -> with("llama", "model_type", "mamba2"), "'mamba2'");
    }

    @Test
    void refusesWhatAnotherFamilyWouldKnow() {
        assertRefused(() -> with("llama", "attn_logit_softcapping", 50.0), "soft-capped attention scores",
                "attn_logit_softcapping", "Llama");
        assertRefused(() -> with("qwen2", "partial_rotary_factor", 0.5), "partly rotated heads");
        assertRefused(() -> with("mixtral", "clip_qkv", 1.5), "clipped projections");
        assertRefused(() -> with("llama", "logits_scaling", 2L), "scaled logits");
        assertRefused(() -> with("gpt-neox", "vision_config", Map.of()), "vision tower");
        assertThat(with("llama", "partial_rotary_factor", 1L, "clip_qkv", null, "alibi", false))
                .isEqualTo(with("llama"));
    }

    @Test
    void refusesNumbersThatMakeNoSense() {
        assertRefused(() -> with("llama", "hidden_size", 65L, "head_dim", null), "'hidden_size' (65)",
                "'num_attention_heads' (4)");
        assertRefused(() -> with("llama", "rope_theta", 0.0), "rope_theta");
        assertRefused(() -> with("llama", "rms_norm_eps", 2.0), "'rms_norm_eps' is 2.0");
        assertRefused(() -> with("llama", "rms_norm_eps", "tiny"), "'rms_norm_eps' is the text 'tiny'");
        assertRefused(() -> with("llama", "hidden_size", true), "'hidden_size' is true");
        assertRefused(() -> with("llama", "tie_word_embeddings", 1L), "'tie_word_embeddings' is 1");
        assertRefused(() -> with("llama", "rope_scaling", Map.of("type", "linear", "factor", 0L)), "factor 0.0");
        assertRefused(() -> with("llama", "rope_scaling", Map.of("type", "yarn", "factor", 4L, "beta_fast", "x")),
                "'beta_fast'");
        assertRefused(() -> with("mixtral", "num_experts_per_tok", 6L), "'num_experts_per_tok' is 6", "at most 5");
        assertRefused(() -> with("deepseek-v3", "n_group", 3L), "8 experts", "3 groups");
        assertRefused(() -> with("deepseek-v3", "topk_group", 1L), "3 experts", "1 groups of 2");
        assertRefused(() -> with("mistral-sliding-window", "sliding_window", 0L), "'sliding_window' is 0");
        assertRefused(() -> with("gemma2", "attn_logit_softcapping", -1.0), "'attn_logit_softcapping' is -1.0");
        assertRefused(() -> with("llama", "num_hidden_layers", 10_000L, "hidden_size", 1L << 31), "'hidden_size'");
    }

    @Test
    void distinguishesAWindowThatIsNullFromOneThatIsNotMentioned() {
        assertThat(with("mistral-sliding-window", "sliding_window", null).blocks()).allMatch(
                block -> block.attention().window().isEmpty());
        assertThat(with("mistral-sliding-window", "sliding_window", Void.class).blocks()).allMatch(
                block -> block.attention().window().getAsInt() == 4096);
    }

    @Test
    void slidesTheUpperBlocksOfQwen2OnlyWhereTheWindowIsOn() {
        assertThat(windows(with("qwen2"))).containsExactly(0, 20, 20);
        assertThat(windows(with("qwen2", "max_window_layers", 2L))).containsExactly(0, 0, 20);
        assertThat(windows(with("qwen2", "use_sliding_window", false))).containsExactly(0, 0, 0);
        assertThat(windows(with("qwen2-moe"))).containsExactly(0, 0, 0);
    }

    @Test
    void slidesEveryOtherLowerBlockOfQwen2Moe() {
        assertThat(windows(with("qwen2-moe", "use_sliding_window", true, "layer_types", null, "sliding_window", 16L,
                "max_window_layers", 28L))).containsExactly(16, 0, 16);
        assertThat(windows(with("qwen2-moe", "use_sliding_window", true, "layer_types", null, "sliding_window", 16L,
                "max_window_layers", 2L))).containsExactly(16, 0, 0);
    }

    @Test
    void takesTheNumberOfKeyHeadsThatTransformersTakesWhereTheConfigHasNone() {
        assertThat(kvHeads("mistral-sliding-window", Void.class)).isEqualTo(8);
        assertThat(kvHeads("mixtral", Void.class)).isEqualTo(8);
        assertThat(kvHeads("qwen2", Void.class)).isEqualTo(32);
        assertThat(kvHeads("qwen3", Void.class)).isEqualTo(32);
        assertThat(kvHeads("qwen2-moe", Void.class)).isEqualTo(16);
        assertThat(kvHeads("qwen3-moe", Void.class)).isEqualTo(4);
        assertThat(kvHeads("gemma2", Void.class)).isEqualTo(4);
        assertThat(kvHeads("gemma3", Void.class)).isEqualTo(4);
        assertThat(kvHeads("llama", Void.class)).isEqualTo(64);
        assertThat(kvHeads("mistral-sliding-window", null)).isEqualTo(64);
        assertThat(kvHeads("qwen2", null)).isEqualTo(64);
    }

    /** Key heads of the first block of a model with 64 query heads. */
    private static int kvHeads(String golden, Object given) {
        return with(golden, "num_attention_heads", 64L, "head_dim", 8L, "hidden_size", 512L, "num_key_value_heads",
                given).blocks().getFirst().attention().kvHeads();
    }

    @Test
    void dividesLogitsOfGraniteByAWholeNumberToo() {
        assertThat(with("granite", "logits_scaling", 8L).logitScale()).isEqualTo(0.125);
        assertThat(with("granite", "logits_scaling", 0.5).logitScale()).isEqualTo(2);
    }

    @Test
    void takesTheWidthOfHeadsThatPhi3Says() {
        ArchitectureConfig phi = with("phi3", "head_dim", 24L);
        assertThat(phi.blocks().getFirst().attention().keyWidth()).isEqualTo(24);
        assertThat(phi.blocks().getFirst().attention().scale()).isEqualTo(Math.pow(24, -0.5));
    }

    @Test
    void leavesGemma3sKeysAloneThatTransformersDoesNotRead() {
        assertThat(windows(with("gemma3", "layer_types", null, "sliding_window_pattern", Void.class,
                "_sliding_window_pattern", 2L))).containsExactly(20, 20, 20);
        assertRefused(() -> with("gemma3", "attn_logit_softcapping", 50.0), "soft-capped attention scores", "Gemma 3");
        assertThat(with("gemma3", "attn_logit_softcapping", null).blocks().getFirst().attention().softcap()).isEmpty();
    }

    @Test
    void beginsTheExpertsOfDeepseekWhereTransformersDoes() {
        assertThat(with("deepseek-v3", "first_k_dense_replace", Void.class).hasExperts()).isFalse();
        assertThat(with("deepseek-v2-lite", "first_k_dense_replace", Void.class).blocks()).allMatch(
                block -> block.feedForward() instanceof FeedForward.Experts);
    }

    @Test
    void givesTheSharedExpertsOfDeepseekBiasesInTheSecondVersionAlone() {
        String shared = "model.layers.2.mlp.shared_experts.gate_proj.bias";
        assertThat(plan("deepseek-v2-lite", "mlp_bias", true).tensors()).containsKey(shared)
                .containsKey("model.layers.2.mlp.shared_experts.down_proj.bias");
        assertThat(plan("deepseek-v2-lite", "mlp_bias", false).tensors()).doesNotContainKey(shared);
        assertThat(plan("deepseek-v3", "mlp_bias", true).tensors().keySet()).noneMatch(
                name -> name.contains("mlp.") && name.endsWith("proj.bias"));
    }

    private static TensorPlan plan(String golden, String key, Object value) {
        Map<String, Object> raw = new LinkedHashMap<>(
                ParsedConfig.read(SharedFolder.require("golden/models/" + golden).resolve("config-v4.json")).raw());
        raw.put(key, value);
        return ParsedConfig.of(FILE, raw).plan(name -> false);
    }

    @Test
    void alternatesTheBlocksOfGemma() {
        assertThat(windows(with("gemma2"))).containsExactly(20, 0, 20);
        assertThat(windows(with("gemma3"))).containsExactly(20, 20, 0);
        ArchitectureConfig gemma = with("gemma3");
        assertThat(gemma.blocks().get(0).attention().rotary().orElseThrow().base()).isEqualTo(10000);
        Rope global = gemma.blocks().get(2).attention().rotary().orElseThrow();
        assertThat(global.base()).isEqualTo(1e6);
        assertThat(global.scaling()).isEqualTo(new Rope.Scaling.Linear(8));
        assertThat(gemma.embeddingScale()).isEqualTo(8);
    }

    @Test
    void placesExpertsWhereTheConfigSays() {
        ArchitectureConfig some = with("qwen3-moe", "mlp_only_layers", List.of(), "decoder_sparse_step", 2L);
        assertThat(some.blocks().stream().map(block -> block.feedForward() instanceof FeedForward.Experts))
                .containsExactly(
                        false, true, false);
        assertThat(with("deepseek-v3", "first_k_dense_replace", 2L).blocks().stream().map(
                block -> block.feedForward() instanceof FeedForward.Experts)).containsExactly(false, false, true);
    }

    @Test
    void scalesGpt2ByTheBlockWhereAsked() {
        assertThat(with("gpt2", "scale_attn_by_inverse_layer_idx", true).blocks().stream().map(
                block -> block.attention().scale())).containsExactly(0.25, 0.125, 0.25 / 3);
        assertThat(with("gpt2", "scale_attn_weights", false).blocks().getFirst().attention().scale()).isEqualTo(1);
        assertThat(with("gpt2", "n_inner", 100L).blocks().getFirst().feedForward()).isEqualTo(
                new FeedForward.Dense(100, Activation.GELU_TANH, false));
    }

    @Test
    void stretchesTheScoresOfDeepseekByMscale() {
        double term = 0.1 * 0.707 * Math.log(4) + 1;
        assertThat(with("deepseek-v2-lite").blocks().getFirst().attention().scale()).isEqualTo(
                Math.pow(24, -0.5) * term * term);
    }

    @Test
    void findsTheFamilyByArchitecturesWhereThereIsNoModelType() {
        assertThat(with("qwen3", "model_type", Void.class).family()).isEqualTo("qwen3");
    }

    @Test
    void takesLongRopesLengthsOfPhi3() {
        List<Object> divisors = new ArrayList<>(Collections.nCopies(4, 2.0));
        ArchitectureConfig phi = with("phi3", "original_max_position_embeddings", 128L, "rope_scaling",
                Map.of("type", "longrope", "short_factor", divisors, "long_factor", divisors));
        Rope.Scaling.Long scaling = (Rope.Scaling.Long) phi.blocks().getFirst().attention().rotary().orElseThrow()
                .scaling();
        assertThat(scaling.positions()).isEqualTo(128);
        assertThat(scaling.multiplier()).isEqualTo(Math.sqrt(1 + Math.log(4) / Math.log(128)));
        assertRefused(() -> with("phi3", "rope_scaling", Map.of("type", "su", "short_factor", divisors)),
                "'long_factor'");
    }

    @Test
    void knowsLongRopeByTheNamesThatItHadInPhi3() {
        List<Object> divisors = new ArrayList<>(Collections.nCopies(4, 2.0));
        for (String older : List.of("su", "yarn")) {
            ArchitectureConfig phi = with("phi3", "original_max_position_embeddings", 128L, "rope_scaling",
                    Map.of("type", older, "short_factor", divisors, "long_factor", divisors));
            assertThat(phi.blocks().getFirst().attention().rotary().orElseThrow().scaling()).as(older)
                    .isInstanceOf(Rope.Scaling.Long.class);
        }
        assertThat(with("llama-yarn").blocks().getFirst().attention().rotary().orElseThrow().scaling())
                .isInstanceOf(Rope.Scaling.Yarn.class);
    }

    @Test
    void plansPublicGpt2CheckpointsThatLeaveOutThePrefix() {
        Map<String, Object> raw = ParsedConfig.read(
                SharedFolder.require("golden/models/gpt2").resolve("config.json")).raw();
        TensorPlan plan = ParsedConfig.of(FILE, raw).plan("wte.weight"::equals);
        assertThat(plan.tensors()).containsKeys("h.0.attn.c_attn.weight", "wpe.weight");
        assertThat(plan.isIgnored("h.2.attn.bias")).isTrue();
        assertThat(plan.isIgnored("h.2.attn.c_attn.bias")).isFalse();
    }

    @Test
    void ignoresWhatOldAndLargerCheckpointsHoldBesides() {
        Map<String, Object> raw = ParsedConfig.read(
                SharedFolder.require("golden/models/deepseek-v3").resolve("config.json")).raw();
        TensorPlan plan = ParsedConfig.of(FILE, raw).plan(name -> false);
        assertThat(plan.isIgnored("model.layers.3.mlp.gate.weight")).isTrue();
        assertThat(plan.isIgnored("model.layers.4.mlp.gate.weight")).isFalse();
        assertThat(plan.isIgnored("model.layers.0.self_attn.rotary_emb.inv_freq")).isTrue();
        assertThat(plan.isIgnored("rotary_emb.inv_freq")).isTrue();
        assertThat(plan.isIgnored("model.embed_positions.position_ids")).isTrue();
    }

    private static List<Integer> windows(ArchitectureConfig config) {
        return IntStream.range(0, config.blocks().size()).mapToObj(
                i -> config.blocks().get(i).attention().window().orElse(0)).toList();
    }
}
