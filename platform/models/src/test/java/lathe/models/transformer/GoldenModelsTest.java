package lathe.models.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import lathe.models.checkpoint.SharedFolder;
import lathe.models.generation.GenerationRequest;
import lathe.models.generation.Generator;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;

/** Every golden model against what transformers computed from it, with either spelling of its config. */
class GoldenModelsTest {
    private static final int LENGTH = 48;

    static Stream<Arguments> models() {
        return SharedFolder.cases("models").stream()
                .filter(folder -> Files.isRegularFile(folder.resolve("expected.safetensors")))
                .flatMap(folder -> Stream.of("config.json", "config-v4.json")
                        .filter(config -> GoldenModel.holdsConfig(folder, config))
                        .map(config -> Arguments.of(folder.getFileName() + " " + config, folder, config)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void givesTheLogitsOfTwoSequencesInOnePass(String name, Path folder, String config) {
        try (GoldenModel model = new GoldenModel(folder, config)) {
            int[] ids = model.ints("input_ids");
            Pass pass = Pass.of(List.of(Segment.whole(Arrays.copyOf(ids, LENGTH)),
                    Segment.whole(Arrays.copyOfRange(ids, LENGTH, 2 * LENGTH))));
            Tensor logits = model.transformer().logits(pass, model.scope());
            assertThat(GoldenModel.difference(logits, model.tensor("logits")))
                    .isLessThanOrEqualTo(model.tolerance("logits"));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void givesTheHiddenStatesAttentionAndChosenExpertsOfEveryBlock(String name, Path folder, String config) {
        try (GoldenModel model = new GoldenModel(folder, config)) {
            Checker checker = new Checker(model);
            Transformer transformer = model.transformer();
            Pass pass = Pass.whole(Arrays.copyOf(model.ints("input_ids"), LENGTH)).withListener(checker);
            Tensor hidden = transformer.embed(pass, model.scope());
            checker.hidden("hidden.embedding", hidden);
            for (int block = 0; block < transformer.info().blocks(); block++) {
                hidden = transformer.runBlock(block, hidden, pass, model.scope());
                checker.hidden("hidden.block." + block, hidden);
            }
            checker.hidden("hidden.final_norm", transformer.finalNorm(hidden, model.scope()));
            checker.requireAllSeen();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void givesTheLogitsOfRaggedSequences(String name, Path folder, String config) {
        try (GoldenModel model = new GoldenModel(folder, config)) {
            Tensor expected = model.tensor("ragged.logits");
            Tensor mask = model.tensor("ragged.attention_mask");
            Tensor ids = model.tensor("ragged.input_ids");
            int width = mask.size(1);
            List<int[]> sequences = Stream.of(0, 1, 2)
                    .map(i -> Arrays.copyOfRange(ids.row(i).toInts(), width - real(mask, i), width)).toList();
            RunnableModel runnable = new RunnableModel(model.transformer(), ServingPlan.PLAIN, model.scope());
            List<Tensor> logits = runnable.logits(sequences, model.scope());
            for (int i = 0; i < sequences.size(); i++) {
                Tensor row = expected.row(i).slice(0, width - real(mask, i), width);
                assertThat(GoldenModel.difference(logits.get(i), row)).as("sequence %d", i)
                        .isLessThanOrEqualTo(model.tolerance("logits"));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void continuesAsTransformersDoesThroughTheCache(String name, Path folder, String config) {
        try (GoldenModel model = new GoldenModel(folder, config)) {
            RunnableModel runnable = new RunnableModel(model.transformer(), ServingPlan.PLAIN, model.scope());
            for (String kind : List.of("greedy", "greedy_short", "long_greedy")) {
                if (model.has(kind + ".prompt")) {
                    int[] expected = model.ints(kind + ".tokens");
                    assertThat(new Generator(runnable, model.scope())
                            .generate(GenerationRequest.greedy(model.ints(kind + ".prompt"), expected.length)).tokens())
                            .as(kind).containsExactly(expected);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void givesTheLogitsOfALongInput(String name, Path folder, String config) {
        try (GoldenModel model = new GoldenModel(folder, config)) {
            if (model.has("long.logits")) {
                Tensor logits = model.transformer().logits(Pass.whole(model.ints("long.input_ids")), model.scope());
                assertThat(GoldenModel.difference(logits.select(model.ints("long.positions")),
                        model.tensor("long.logits"))).isLessThanOrEqualTo(model.tolerance("logits"));
            }
        }
    }

    private static int real(Tensor mask, int row) {
        return Arrays.stream(mask.row(row).toInts()).sum();
    }

    /** Compares what it is shown with the expected tensors. */
    private static final class Checker implements ForwardListener {
        private final GoldenModel model;
        private final Set<String> seen = new LinkedHashSet<>();

        Checker(GoldenModel model) {
            this.model = model;
        }

        void hidden(String name, Tensor actual) {
            Tensor expected = model.tensor(name);
            assertThat(GoldenModel.difference(actual, expected)).as(name)
                    .isLessThanOrEqualTo(model.tolerance("hidden") * expected.maxAbs());
        }

        @Override
        public Observation observes(int block) {
            return model.has("attention." + block) ? new Observation(LENGTH, false) : Observation.NONE;
        }

        @Override
        public void attended(int block, int sequence, Observed observed) {
            close("attention." + block, observed.lastRows().orElseThrow(), "attention");
        }

        @Override
        public void routed(int block, Tensor logits, Routing routing) {
            close("router_logits." + block, logits, "router_logits");
            close("router_weights." + block, routing.weights(), "router_weights");
            assertThat(routing.experts().toInts()).as("experts of block %d", block)
                    .containsExactly(model.ints("router_experts." + block));
        }

        void requireAllSeen() {
            for (int block = 0; block < model.transformer().info().blocks(); block++) {
                for (String kind : List.of("attention.", "router_logits.")) {
                    if (model.has(kind + block)) {
                        assertThat(seen).contains(kind + block);
                    }
                }
            }
        }

        private void close(String name, Tensor actual, String kind) {
            seen.add(name);
            assertThat(GoldenModel.difference(actual, model.tensor(name))).as(name)
                    .isLessThanOrEqualTo(model.tolerance(kind));
        }
    }
}
