package lathe.models.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.StrictJson;
import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.spi.attention.Phase;
import lathe.spi.graph.LanguageModel;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Evicting caches on lathe-tiny against the figures of an independent program: four texts of 768 tokens, perplexity of the
 * second half. {@code prompt}: the first half is the prompt and is cut once. {@code step}: a constant budget from the start.
 */
class KvEndToEndTest {
    private static final int LENGTH = 768;
    private static final int[] OFFSETS = {5000, 25000, 45000, 65000};

    @ParameterizedTest
    @CsvSource({"ppl_prompt, knorm, 0.1", "ppl_step, h2o, 0.5", "ppl_step, tova, 0.5"})
    void hasThePerplexityOfTheReference(String protocol, String name, double kept) throws Exception {
        Path path = SharedFolder.require("models/lathe-tiny");
        try (Scope scope = Engine.shared().openScope();
                ModelFolder folder = ModelFolder.open(path);
                Transformer transformer = Transformer.of(folder,
                        new CpuBackend(Engine.shared()).open(Engine.shared().parallel()), scope)) {
            int[] text = Tokenizer.open(path, 4096)
                    .encodePlain(Files.readString(SharedFolder.require("data").resolve("sherlock.txt")));
            boolean steps = protocol.equals("ppl_step");
            int budget = (int) Math.floor(kept * (steps ? LENGTH : LENGTH / 2));
            RunnableModel model = new RunnableModel(transformer, ServingPlan.PLAIN.withCache(evictor(name),
                    new Budget(0, Optional.of(budget), Optional.of(steps), false)), scope);
            double expected = expected(protocol, name + "@" + kept);
            assertThat(perplexity(model, text, steps ? budget : LENGTH / 2, scope)).isCloseTo(expected,
                    within(expected * 1e-3));
        }
    }

    private static double perplexity(RunnableModel model, int[] text, int prompt, Scope scope) {
        List<LanguageModel.Session> sessions = new ArrayList<>();
        List<int[]> texts = new ArrayList<>();
        for (int offset : OFFSETS) {
            int[] window = new int[LENGTH];
            System.arraycopy(text, offset, window, 1, LENGTH - 1);
            texts.add(window);
            sessions.add(model.open());
        }
        double sum = 0;
        int from = 0;
        for (int to = prompt; to < LENGTH; to++) {
            try (Scope local = scope.child()) {
                int start = from;
                int end = to;
                Tensor logits = model.advance(sessions,
                        texts.stream().map(window -> Arrays.copyOfRange(window, start, end)).toList(), local);
                for (int i = 0; i < texts.size() && to >= LENGTH / 2; i++) {
                    sum += Loss.sum(logits.slice(0, i, i + 1), texts.get(i), to);
                }
            }
            from = to;
        }
        sessions.forEach(LanguageModel.Session::close);
        return Math.exp(sum / (OFFSETS.length * LENGTH / 2));
    }

    private static double expected(String protocol, String name) {
        Map<?, ?> results = (Map<?, ?>) StrictJson
                .readObject(SharedFolder.require("golden/e2e").resolve("kv.json"), 10_000_000).get("results");
        return ((Number) ((Map<?, ?>) results.get(protocol)).get(name)).doubleValue();
    }

    private static Evictor evictor(String name) {
        return switch (name) {
            case "h2o" -> new HeavyHitters();
            case "tova" -> new LastRow();
            default -> scene -> scene.keys().norm().multiply(-1);
        };
    }

    /** Half of the budget for the last tokens, half for those with the largest sums of attention. */
    private static final class HeavyHitters implements Evictor {
        @Override
        public Observation observes(Phase phase) {
            return new Observation(0, true);
        }

        @Override
        public Tensor score(EvictionScene scene) {
            Tensor score = scene.accumulated().orElseThrow().in(scene.scope()).copy();
            int budget = capacity(scene);
            for (int head = 0; head < score.size(0); head++) {
                for (int slot = scene.tokens(head) - (budget - budget / 2); slot < scene.tokens(head); slot++) {
                    score.set(Double.POSITIVE_INFINITY, head, slot);
                }
            }
            return score;
        }
    }

    /** The last query's probabilities, the mean of all heads. */
    private static final class LastRow implements Evictor {
        @Override
        public Observation observes(Phase phase) {
            return new Observation(1, false);
        }

        @Override
        public Tensor score(EvictionScene scene) {
            Tensor rows = scene.lastRows().orElseThrow();
            Tensor mean = rows.reshape(rows.size(0), rows.size(2)).mean(0);
            Tensor score = scene.scope().zeros(scene.layer().kvHeads(), mean.size(0));
            for (int head = 0; head < score.size(0); head++) {
                score.row(head).assign(mean);
            }
            return score;
        }
    }
}
