package lathe.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import lathe.models.transformer.ServingPlan;
import lathe.spi.tensor.Tensor;

/**
 * The requests that lm-evaluation-harness sends as {@code local-completions}, read as it reads the answers: several prompts
 * of token ids in one request, scored by {@code echo} with one new token (or none, as its older versions ask), answers
 * sorted by their index, the last number dropped; and texts to be continued until one of several stops.
 */
class EvaluationHarnessTest {
    private static final List<String> CONTEXTS = List.of("It was a cold", "She said that the", "The", "He looked at");
    private static final List<String> CONTINUATIONS = List.of(" morning in the town", " door was",
            " captain of the ship",
            " the sea and said nothing");

    private static TestModel model;
    private static LatheServer server;
    private static Client client;

    @BeforeAll
    static void start() {
        assumeThat(TestModel.isThere()).as("experiments/models/lathe-tiny is there").isTrue();
        model = new TestModel();
        server = LatheServer.start(model.served(ServingPlan.PLAIN, Optional.empty()), ServerOptions.local(),
                line -> {});
        client = new Client(server);
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
            model.close();
        }
    }

    /** A log-likelihood and whether the continuation is the greedy one. */
    private record Judged(double logLikelihood, boolean greedy) {}

    private static int[] context(int i) {
        return model.tokenizer().encode(CONTEXTS.get(i));
    }

    private static int[] whole(int i) {
        return IntStream.concat(Arrays.stream(context(i)), Arrays.stream(continuation(i))).toArray();
    }

    /** The third is what the model itself would say, so that one of them is greedy. */
    private static int[] continuation(int i) {
        if (i != 2) {
            return model.tokenizer().encode(CONTINUATIONS.get(i));
        }
        JsonObject choice = client
                .choice("{\"prompt\":\"" + CONTEXTS.get(i) + "\",\"max_tokens\":5,\"temperature\":0}");
        int[] both = model.tokenizer().encode(CONTEXTS.get(i) + choice.get("text").getAsString());
        return Arrays.copyOfRange(both, context(i).length, both.length);
    }

    private static String payload(List<int[]> prompts, int newTokens, int top) {
        return "{\"model\":\"lathe-tiny\",\"prompt\":" + prompts.stream().map(Arrays::toString).toList()
                + ",\"temperature\":0,\"max_tokens\":" + newTokens + ",\"logprobs\":" + top
                + ",\"seed\":1234,\"echo\":true}";
    }

    private static List<Judged> judged(JsonObject answer, int newTokens) {
        List<JsonObject> choices = new ArrayList<>();
        answer.getAsJsonArray("choices").forEach(choice -> choices.add(choice.getAsJsonObject()));
        choices.sort(Comparator.comparingInt(choice -> choice.get("index").getAsInt()));
        List<Judged> judged = new ArrayList<>();
        for (int i = 0; i < choices.size(); i++) {
            JsonObject scores = choices.get(i).getAsJsonObject("logprobs");
            JsonArray numbers = scores.getAsJsonArray("token_logprobs");
            double sum = 0;
            boolean greedy = true;
            for (int at = context(i).length; at < numbers.size() - newTokens; at++) {
                double number = numbers.get(at).getAsDouble();
                double best = scores.getAsJsonArray("top_logprobs").get(at).getAsJsonObject().entrySet().stream()
                        .mapToDouble(entry -> entry.getValue().getAsDouble()).max().orElseThrow();
                sum += number;
                greedy &= number == best;
            }
            judged.add(new Judged(sum, greedy));
        }
        return judged;
    }

    private static Judged expected(int i) {
        int[] ids = whole(i);
        Tensor logits = model.runnable(ServingPlan.PLAIN).logits(ids, model.scope());
        float[] row = new float[logits.size(1)];
        double sum = 0;
        boolean greedy = true;
        for (int at = context(i).length; at < ids.length; at++) {
            logits.copyRow(at - 1, row);
            double total = 0;
            float best = Float.NEGATIVE_INFINITY;
            for (float logit : row) {
                total += Math.exp(logit);
                best = Math.max(best, logit);
            }
            sum += row[ids[at]] - Math.log(total);
            greedy &= row[ids[at]] == best;
        }
        return new Judged(sum, greedy);
    }

    @Test
    void logLikelihoodsOfContinuationsAreThoseOfTheModel() {
        List<int[]> prompts = IntStream.range(0, CONTEXTS.size()).mapToObj(EvaluationHarnessTest::whole).toList();
        for (int newTokens : new int[] {1, 0}) {
            List<Judged> judged = judged(client.completion(payload(prompts, newTokens, newTokens == 1 ? 1 : 10)),
                    newTokens);
            assertThat(judged).hasSize(prompts.size());
            for (int i = 0; i < judged.size(); i++) {
                Judged expected = expected(i);
                assertThat(judged.get(i).logLikelihood()).as(CONTEXTS.get(i))
                        .isCloseTo(expected.logLikelihood(), within(2e-4));
                assertThat(judged.get(i).greedy()).as(CONTEXTS.get(i)).isEqualTo(expected.greedy());
            }
            assertThat(judged.get(2).greedy()).isTrue();
            assertThat(judged.get(1).greedy()).isFalse();
        }
    }

    /** Texts alone would hide a small error: here every number of requests that share their steps is held to one alone. */
    @Test
    void numbersOfRequestsThatComeTogetherAreThoseOfEachAlone() {
        List<String> requests = IntStream.range(0, 8).mapToObj(i -> "{\"prompt\":\"" + "It was late. ".repeat(2 * i + 1)
                + "\",\"max_tokens\":" + (4 + 2 * i)
                + ",\"temperature\":0,\"echo\":true,\"logprobs\":5,\"ignore_eos\":true}").toList();
        List<CompletableFuture<JsonObject>> together = requests.stream()
                .map(request -> client.later("/v1/completions", request)).toList();
        List<List<Double>> joined = together.stream().map(CompletableFuture::join).map(EvaluationHarnessTest::numbers)
                .toList();
        for (int i = 0; i < requests.size(); i++) {
            List<Double> alone = numbers(client.completion(requests.get(i)));
            assertThat(joined.get(i)).hasSameSizeAs(alone).hasSizeGreaterThan(6 * (4 + 2 * i));
            for (int at = 0; at < alone.size(); at++) {
                assertThat(joined.get(i).get(at)).as("request %d, number %d", i, at).isCloseTo(alone.get(at),
                        within(1e-4));
            }
        }
    }

    /** The numbers of the tokens, then those of the best tokens at each place in descending order. */
    private static List<Double> numbers(JsonObject answer) {
        JsonObject scores = answer.getAsJsonArray("choices").get(0).getAsJsonObject().getAsJsonObject("logprobs");
        List<Double> numbers = new ArrayList<>();
        for (JsonElement number : scores.getAsJsonArray("token_logprobs")) {
            numbers.add(number.isJsonNull() ? 0 : number.getAsDouble());
        }
        for (JsonElement top : scores.getAsJsonArray("top_logprobs")) {
            if (top.isJsonObject()) {
                top.getAsJsonObject().entrySet().stream().map(entry -> entry.getValue().getAsDouble())
                        .sorted(Comparator.reverseOrder()).limit(5).forEach(numbers::add);
            }
        }
        return numbers;
    }

    @Test
    void textsAreContinuedUntilTheFirstOfSeveralStops() {
        int[] ids = context(0);
        String free = client.choice("{\"prompt\":" + Arrays.toString(ids) + ",\"max_tokens\":30,\"temperature\":0}")
                .get("text").getAsString();
        String stop = free.substring(9, 12);
        JsonObject choice = client.choice("{\"prompt\":[" + Arrays.toString(ids)
                + "],\"model\":\"lathe-tiny\",\"max_tokens\":30,\"temperature\":0,\"stop\":[\"\\n\\n\\n\",\"" + stop
                + "\",\"<|endoftext|>\"],\"seed\":1234}");
        assertThat(choice.get("text").getAsString()).isEqualTo(free.substring(0, free.indexOf(stop)));
        assertThat(choice.get("finish_reason").getAsString()).isEqualTo("stop");
    }
}
