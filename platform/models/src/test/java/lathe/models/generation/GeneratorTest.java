package lathe.models.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.models.architecture.Rope;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.Pass;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.SmallModel;
import lathe.spi.LatheException;
import lathe.spi.kv.FullStore;

/** Continuations, alone and together, and how they end. */
class GeneratorTest {
    @Test
    void sequencesTogetherGiveWhatEachGivesAlone() {
        try (SmallModel model = SmallModel.dense(2, 1)) {
            Generator generator = new Generator(model.runnable(ServingPlan.PLAIN), model.scope());
            List<GenerationRequest> requests = List.of(request(model, 3, 9, 0), request(model, 17, 4, 0),
                    request(model, 1, 12, 0), request(model, 30, 6, 7));
            List<Generation> together = generator.generate(requests, TokenListener.ALL);
            for (int i = 0; i < requests.size(); i++) {
                assertThat(together.get(i).tokens()).as("request %d", i)
                        .containsExactly(generator.generate(requests.get(i)).tokens())
                        .hasSize(requests.get(i).newTokens());
                assertThat(together.get(i).end()).isEqualTo(Generation.End.LENGTH);
            }
        }
    }

    @Test
    void tellsCachesHowManyTokensWillCome() {
        try (SmallModel model = SmallModel.dense(2, 2)) {
            List<Optional<Integer>> told = new ArrayList<>();
            RunnableModel runnable = model.runnable(ServingPlan.PLAIN.withCache((layer, context) -> {
                told.add(context.expectedTokens());
                return new FullStore(layer, context);
            }));
            new Generator(runnable, model.scope()).generate(request(model, 5, 10, 0));
            runnable.openFor(40).close();
            runnable.open().close();
            assertThat(told).as("two layers each").containsExactly(Optional.of(15), Optional.of(15), Optional.of(40),
                    Optional.of(40), Optional.empty(), Optional.empty());
        }
    }

    @Test
    void endsBeforeAnEndToken() {
        try (SmallModel model = SmallModel.dense(2, 2)) {
            Generator generator = new Generator(model.runnable(ServingPlan.PLAIN), model.scope());
            int[] free = generator.generate(request(model, 5, 10, 0)).tokens();
            GenerationRequest ending = new GenerationRequest(model.tokens(5), 10, sampling(), Set.of(free[4]), 0);
            Generation generation = generator.generate(ending);
            int first = IntStream.range(0, 10).filter(i -> free[i] == free[4]).findFirst().orElseThrow();
            assertThat(generation.tokens()).containsExactly(java.util.Arrays.copyOf(free, first));
            assertThat(generation.end()).isEqualTo(Generation.End.END_TOKEN);
        }
    }

    @Test
    void stopsWhenTheListenerHasEnough() {
        try (SmallModel model = SmallModel.dense(1, 3)) {
            List<Integer> taken = new ArrayList<>();
            Generation generation = new Generator(model.runnable(ServingPlan.PLAIN), model.scope())
                    .generate(List.of(request(model, 5, 10, 0)), (sequence, token) -> {
                        taken.add(token);
                        return taken.size() < 3;
                    }).getFirst();
            assertThat(generation.end()).isEqualTo(Generation.End.STOPPED);
            assertThat(generation.tokens()).hasSize(3).containsExactly(
                    taken.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    @Test
    void requestsJoinAndLeaveABatchWithoutChangingTheOthers() {
        try (SmallModel model = SmallModel.dense(2, 4)) {
            RunnableModel runnable = model.runnable(ServingPlan.PLAIN);
            Generator alone = new Generator(runnable, model.scope());
            try (GenerationBatch batch = new GenerationBatch(runnable, model.scope())) {
                GenerationTicket first = batch.add(request(model, 8, 12, 0), TokenListener.ALL);
                batch.step();
                batch.step();
                GenerationTicket second = batch.add(request(model, 20, 5, 6), TokenListener.ALL);
                GenerationTicket third = batch.add(request(model, 3, 50, 0), TokenListener.ALL);
                batch.step();
                third.cancel();
                while (batch.step()) {
                    continue;
                }
                assertThat(first.result().orElseThrow().tokens())
                        .containsExactly(alone.generate(request(model, 8, 12, 0)).tokens());
                assertThat(second.result().orElseThrow().tokens())
                        .containsExactly(alone.generate(request(model, 20, 5, 6)).tokens());
                assertThat(third.result().orElseThrow().end()).isEqualTo(Generation.End.STOPPED);
                assertThat(third.result().orElseThrow().tokens()).hasSize(1);
                assertThat(batch.size()).isZero();
            }
        }
    }

    @Test
    void fillsTheCacheAnewWhenTheTextOutgrowsTheShortFactors() {
        Rope.Scaling scaling = new Rope.Scaling.Long(List.of(1.0, 1.1, 1.2, 1.3), List.of(2.0, 2.5, 3.0, 3.5), 10, 1.1);
        for (int chunk : new int[] {0, 4}) {
            assertThat(furthestFromOnePass(scaling, true, chunk)).as("chunks of %d", chunk).isLessThan(2e-5f);
        }
        assertThat(furthestFromOnePass(scaling, false, 0)).as("with keys of both kinds").isGreaterThan(1e-3f);
    }

    /** The largest difference of a new token's logits, in a batch with another request, from those of a pass over its text. */
    private static float furthestFromOnePass(Rope.Scaling scaling, boolean renewsCache, int chunk) {
        try (SmallModel model = SmallModel.stretched(scaling, renewsCache, 8);
                GenerationBatch batch = new GenerationBatch(model.runnable(ServingPlan.PLAIN), model.scope())) {
            List<float[]> heard = new ArrayList<>();
            List<Integer> positions = new ArrayList<>();
            batch.add(request(model, 3, 5, 0), TokenListener.ALL);
            GenerationTicket ticket = batch.add(request(model, 7, 8, chunk), new TokenListener() {
                @Override
                public boolean take(int sequence, int token) {
                    return true;
                }

                @Override
                public boolean take(int sequence, int token, float[] logits) {
                    return heard.add(logits.clone());
                }
            }, Optional.of((position, logits) -> positions.add(position)));
            while (batch.step()) {
                continue;
            }
            assertThat(positions).containsExactly(0, 1, 2, 3, 4, 5, 6);
            int[] text = Arrays.copyOf(model.tokens(7), 15);
            System.arraycopy(ticket.result().orElseThrow().tokens(), 0, text, 7, 8);
            float furthest = 0;
            for (int i = 0; i < heard.size(); i++) {
                float[] whole = model.transformer().logits(Pass.whole(Arrays.copyOf(text, 7 + i)), model.scope())
                        .row(6 + i).toFloats();
                for (int j = 0; j < whole.length; j++) {
                    furthest = Math.max(furthest, Math.abs(whole[j] - heard.get(i)[j]));
                }
            }
            return furthest;
        }
    }

    @Test
    void scoresTokensByTheirProbability() {
        TokenScore score = TokenScore.of(new float[] {0, (float) Math.log(3), 0}, 2, 2);
        assertThat(score.logProbability()).isCloseTo(Math.log(0.2), org.assertj.core.api.Assertions.within(1e-6));
        assertThat(score.best()).isFalse();
        assertThat(score.alternatives()).extracting(TokenScore.Alternative::token).containsExactly(1, 0);
        assertThat(score.alternatives().getFirst().logProbability()).isCloseTo(Math.log(0.6),
                org.assertj.core.api.Assertions.within(1e-6));
        try (SmallModel model = SmallModel.dense(1, 5)) {
            int[] tokens = model.tokens(10);
            var logits = model.transformer().logits(lathe.models.transformer.Pass.whole(tokens), model.scope());
            assertThat(TokenScore.of(logits, tokens, 4, 0)).extracting(TokenScore::token).containsExactly(
                    java.util.Arrays.stream(tokens, 4, 10).boxed().toArray(Integer[]::new));
        }
    }

    @Test
    void findsTheMostLikelyTokensAsSortingDoes() {
        float[] logits = new float[200];
        Random random = new Random(11);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = random.nextInt(40);
        }
        List<Integer> sorted = IntStream.range(0, logits.length).boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> -logits[i]).thenComparing(i -> i)).toList();
        for (int top : new int[] {0, 1, 5, 199, 200, 300}) {
            assertThat(TokenScore.of(logits, 3, top).alternatives()).extracting(TokenScore.Alternative::token)
                    .containsExactlyElementsOf(sorted.subList(0, Math.min(top, logits.length)));
        }
    }

    @Test
    void hearsTheLogitsAfterEveryTokenOfAPromptInChunksAndAmongOthers() {
        try (SmallModel model = SmallModel.dense(2, 6);
                GenerationBatch batch = new GenerationBatch(model.runnable(ServingPlan.PLAIN), model.scope())) {
            GenerationRequest heard = request(model, 75, 3, 40);
            List<float[]> rows = new ArrayList<>();
            batch.add(request(model, 9, 8, 0), TokenListener.ALL);
            GenerationTicket ticket = batch.add(heard, TokenListener.ALL, Optional.of((position, logits) -> {
                assertThat(position).isEqualTo(rows.size());
                rows.add(logits.clone());
            }));
            while (batch.step()) {
                continue;
            }
            assertThat(rows).hasSize(75);
            var expected = model.transformer().logits(Pass.whole(heard.prompt()), model.scope());
            float[] row = new float[SmallModel.VOCABULARY];
            for (int i = 0; i < rows.size(); i++) {
                expected.copyRow(i, row);
                assertThat(rows.get(i)).as("token %d", i).containsExactly(row, within(1e-4f));
            }
            Generator alone = new Generator(model.runnable(ServingPlan.PLAIN), model.scope());
            assertThat(ticket.result().orElseThrow().tokens()).containsExactly(alone.generate(heard).tokens());
        }
    }

    @Test
    void aRequestWhoseListenerFailsLeavesTheOthersAlone() {
        try (SmallModel model = SmallModel.dense(2, 7);
                GenerationBatch batch = new GenerationBatch(model.runnable(ServingPlan.PLAIN), model.scope())) {
            GenerationTicket good = batch.add(request(model, 9, 8, 0), TokenListener.ALL);
            GenerationTicket bad = batch.add(request(model, 5, 8, 0), (sequence, token) -> {
                throw new IllegalStateException("no more");
            });
            while (batch.step()) {
                continue;
            }
            assertThat(bad.failure().orElseThrow()).hasMessage("no more");
            assertThat(bad.result()).isEmpty();
            assertThat(good.failure()).isEmpty();
            assertThat(good.result().orElseThrow().tokens())
                    .containsExactly(alone(model, request(model, 9, 8, 0)));
        }
    }

    /** The pass itself fails here, after others have generated for a while, with temperature and in chunks. */
    @Test
    void aRequestThatBreaksAPassLeavesTheOthersAlone() {
        try (SmallModel model = SmallModel.dense(2, 8);
                GenerationBatch batch = new GenerationBatch(model.runnable(ServingPlan.PLAIN), model.scope())) {
            GenerationRequest drawn = new GenerationRequest(model.tokens(9), 12,
                    new Sampling(1.5, Optional.empty(), Optional.empty(), Optional.empty(), 1, 3), Set.of(), 0);
            GenerationRequest chunked = request(model, 40, 6, 7);
            List<Integer> streamed = new ArrayList<>();
            List<Integer> positions = new ArrayList<>();
            GenerationTicket first = batch.add(drawn, (sequence, token) -> streamed.add(token));
            batch.step();
            batch.step();
            GenerationTicket second = batch.add(chunked, TokenListener.ALL,
                    Optional.of((position, logits) -> positions.add(position)));
            batch.step();
            GenerationTicket breaking = batch.add(request(model, 6, 4, 0), TokenListener.ALL,
                    Optional.of((position, logits) -> {
                        throw new LatheException("This prompt cannot be taken in.");
                    }));
            while (batch.step()) {
                continue;
            }
            assertThat(breaking.failure().orElseThrow()).hasMessage("This prompt cannot be taken in.");
            assertThat(first.result().orElseThrow().tokens()).containsExactly(alone(model, drawn))
                    .containsExactly(streamed.stream().mapToInt(Integer::intValue).toArray());
            assertThat(second.result().orElseThrow().tokens()).containsExactly(alone(model, chunked));
            assertThat(positions).containsExactlyElementsOf(IntStream.range(0, 40).boxed().toList());
        }
    }

    private static int[] alone(SmallModel model, GenerationRequest request) {
        return new Generator(model.runnable(ServingPlan.PLAIN), model.scope()).generate(request).tokens();
    }

    @Test
    void textAfterAPromptKeepsTheSpaceOfItsFirstWordAndTheCharacterThatThePromptBegan() {
        assertThatContinuationsFit("lathe-tiny-moe", "It was the best of times");
        assertThatContinuationsFit("lathe-tiny", "It was the \u20AC best, \u00E9t\u00E9");
    }

    /** Wherever a text is cut into prompt and continuation, both together are the text. */
    private static void assertThatContinuationsFit(String model, String text) {
        Tokenizer tokenizer = Tokenizer.open(SharedFolder.require("models/" + model), 4096);
        int[] ids = tokenizer.encodePlain(text);
        for (int prompt = 0; prompt < ids.length; prompt++) {
            int[] before = Arrays.copyOf(ids, prompt);
            StringBuilder whole = new StringBuilder(tokenizer.decode(before, true).replaceAll("\uFFFD+$", ""));
            TextStream stream = new TextStream(tokenizer, before, List.of(), whole::append);
            Arrays.stream(ids, prompt, ids.length).forEach(stream::take);
            stream.finish();
            assertThat(whole.toString()).as("cut after %d tokens", prompt).isEqualTo(text);
        }
    }

    @Test
    void refusesAnEmptyPrompt() {
        assertThatThrownBy(() -> GenerationRequest.greedy(new int[0], 3)).isInstanceOf(LatheException.class)
                .hasMessageContaining("at least one token");
    }

    @Test
    void textEndsBeforeAStopSequenceThatIsSpreadOverTokens() {
        Tokenizer tokenizer = Tokenizer.open(SharedFolder.require("models/lathe-tiny"), 4096);
        int[] ids = tokenizer.encodePlain("It was a cold morning in the spring, and we sat after breakfast.");
        assertThat(text(tokenizer, ids, List.of("spring, and", "never"))).isEqualTo("It was a cold morning in the ");
        assertThat(text(tokenizer, ids, List.of("springs"))).isEqualTo(
                "It was a cold morning in the spring, and we sat after breakfast.");
        assertThat(text(tokenizer, ids, List.of("breakfast.X"))).endsWith("breakfast.");
    }

    private static String text(Tokenizer tokenizer, int[] ids, List<String> stops) {
        StringBuilder text = new StringBuilder();
        TextStream stream = new TextStream(tokenizer, stops, text::append);
        for (int id : ids) {
            if (!stream.take(id)) {
                break;
            }
        }
        stream.finish();
        return text.toString();
    }

    private static GenerationRequest request(SmallModel model, int prompt, int newTokens, int chunk) {
        return new GenerationRequest(model.tokens(prompt), newTokens, sampling(), Set.of(), chunk);
    }

    private static Sampling sampling() {
        return Sampling.of(0.9, 5).withTopK(20).withRepetitionPenalty(1.1);
    }
}
