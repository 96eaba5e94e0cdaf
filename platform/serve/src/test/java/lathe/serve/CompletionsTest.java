package lathe.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import lathe.models.generation.Generation;
import lathe.models.generation.GenerationRequest;
import lathe.models.generation.Generator;
import lathe.models.generation.Sampling;
import lathe.models.transformer.ServingPlan;
import lathe.spi.tensor.Tensor;

/** Texts that are continued over HTTP, against what the same model computes without a server. */
class CompletionsTest {
    private static final String PROMPT = "It was a cold morning in the";

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

    private static Generation generated(int[] prompt, int tokens, Sampling sampling) {
        return new Generator(model.runnable(ServingPlan.PLAIN), model.scope()).generate(
                new GenerationRequest(prompt, tokens, sampling, model.tokenizer().special().ends(), 0));
    }

    private static String continuation(String prompt, int tokens) {
        int[] ids = model.tokenizer().encode(prompt);
        int[] more = generated(ids, tokens, Sampling.GREEDY).tokens();
        int[] all = IntStream.concat(Arrays.stream(ids), Arrays.stream(more)).toArray();
        return model.tokenizer().decode(all, true).substring(model.tokenizer().decode(ids, true).length());
    }

    private static String ids(int[] ids) {
        return Arrays.toString(ids);
    }

    private static List<Double> numbers(JsonArray list) {
        List<Double> numbers = new ArrayList<>();
        list.forEach(one -> numbers.add(one.isJsonNull() ? null : one.getAsDouble()));
        return numbers;
    }

    @Test
    void greedyTextIsThatOfTheGenerator() {
        JsonObject answer = client.completion("{\"model\":\"lathe-tiny\",\"prompt\":\"" + PROMPT
                + "\",\"max_tokens\":24,\"temperature\":0}");
        JsonObject choice = answer.getAsJsonArray("choices").get(0).getAsJsonObject();
        assertThat(choice.get("text").getAsString()).isEqualTo(continuation(PROMPT, 24)).startsWith(" ");
        assertThat(choice.get("finish_reason").getAsString()).isEqualTo("length");
        assertThat(choice.get("logprobs").isJsonNull()).isTrue();
        assertThat(answer.get("object").getAsString()).isEqualTo("text_completion");
        int prompt = model.tokenizer().encode(PROMPT).length;
        assertThat(answer.get("usage").toString()).isEqualTo("{\"prompt_tokens\":" + prompt
                + ",\"completion_tokens\":24,\"total_tokens\":" + (prompt + 24) + "}");
    }

    @Test
    void everyFormOfPromptIsAnsweredInItsPlace() {
        int[] first = model.tokenizer().encode(PROMPT);
        int[] second = model.tokenizer().encode("She said");
        String texts = client.completion("{\"prompt\":[\"" + PROMPT + "\",\"She said\"],\"max_tokens\":6,"
                + "\"temperature\":0}").getAsJsonArray("choices").toString();
        assertThat(texts).isEqualTo(client.completion("{\"prompt\":[" + ids(first) + "," + ids(second)
                + "],\"max_tokens\":6,\"temperature\":0}").getAsJsonArray("choices").toString());
        assertThat(client.choice("{\"prompt\":" + ids(second) + ",\"max_tokens\":6,\"temperature\":0}").get("text")
                .getAsString()).isEqualTo(continuation("She said", 6));
        assertThat(texts).contains("\"index\":0", "\"index\":1");
    }

    @Test
    void echoGivesTheProbabilitiesOfThePromptAsEvaluationHarnessesReadThem() {
        int[] ids = model.tokenizer().encode("The captain looked at the sea, and said nothing.");
        for (int newTokens : new int[] {0, 1}) {
            JsonObject choice = client.choice("{\"prompt\":[" + ids(ids) + "],\"max_tokens\":" + newTokens
                    + ",\"temperature\":0,\"echo\":true,\"logprobs\":1,\"seed\":1234}");
            JsonObject scores = choice.getAsJsonObject("logprobs");
            List<Double> logarithms = numbers(scores.getAsJsonArray("token_logprobs"));
            assertThat(logarithms).hasSize(ids.length + newTokens);
            assertThat(scores.getAsJsonArray("tokens").size()).isEqualTo(logarithms.size());
            assertThat(scores.getAsJsonArray("text_offset").size()).isEqualTo(logarithms.size());
            assertThat(logarithms.getFirst()).isNull();
            Tensor logits = model.runnable(ServingPlan.PLAIN).logits(ids, model.scope());
            float[] row = new float[logits.size(1)];
            for (int i = 1; i < ids.length; i++) {
                logits.copyRow(i - 1, row);
                assertThat(logarithms.get(i)).as("token %d", i).isCloseTo(logSoftmax(row, ids[i]), within(1e-4));
                JsonObject top = scores.getAsJsonArray("top_logprobs").get(i).getAsJsonObject();
                double best = top.entrySet().stream().mapToDouble(entry -> entry.getValue().getAsDouble()).max()
                        .orElseThrow();
                // A harness calls a token greedy if its number is the largest of these, exactly.
                assertThat(best == logarithms.get(i)).as("token %d is the best", i).isEqualTo(best(row) == ids[i]);
            }
            assertThat(choice.get("text").getAsString()).startsWith("The captain looked at the sea");
        }
    }

    private static double logSoftmax(float[] logits, int token) {
        double sum = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i])).sum();
        return logits[token] - Math.log(sum);
    }

    private static int best(float[] row) {
        return IntStream.range(0, row.length).reduce((a, b) -> row[b] > row[a] ? b : a).orElseThrow();
    }

    @Test
    void tokensOfAnAnswerJoinToItsText() {
        JsonObject choice = client.choice("{\"prompt\":\"" + PROMPT
                + "\",\"max_tokens\":12,\"temperature\":0,\"echo\":true,\"logprobs\":3}");
        String text = choice.get("text").getAsString();
        JsonArray tokens = choice.getAsJsonObject("logprobs").getAsJsonArray("tokens");
        JsonArray offsets = choice.getAsJsonObject("logprobs").getAsJsonArray("text_offset");
        int checked = 0;
        for (int i = 0; i < tokens.size(); i++) {
            String token = tokens.get(i).getAsString();
            if (!token.startsWith("<")) {
                assertThat(text.substring(offsets.get(i).getAsInt())).startsWith(token);
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(12);
        for (JsonElement top : choice.getAsJsonObject("logprobs").getAsJsonArray("top_logprobs")) {
            assertThat(top.isJsonNull() || top.getAsJsonObject().size() >= 3).isTrue();
        }
    }

    @Test
    void requestsThatComeTogetherAreAnsweredAsAlone() {
        List<String> requests = IntStream.range(0, 12).mapToObj(i -> "{\"prompt\":\"" + "It was ".repeat(i + 1)
                + "\",\"max_tokens\":" + (5 + 3 * i) + ",\"temperature\":0.8,\"top_p\":0.95,\"seed\":" + i + "}")
                .toList();
        List<CompletableFuture<JsonObject>> together = requests.stream()
                .map(request -> client.later("/v1/completions", request)).toList();
        List<String> texts = together.stream().map(CompletableFuture::join).map(CompletionsTest::text).toList();
        assertThat(texts).isEqualTo(requests.stream().map(client::completion).map(CompletionsTest::text).toList());
        assertThat(Set.copyOf(texts)).hasSizeGreaterThan(6);
    }

    private static String text(JsonObject answer) {
        return answer.getAsJsonArray("choices").get(0).getAsJsonObject().get("text").getAsString();
    }

    @Test
    void severalContinuationsDifferAndTheFirstIsThatOfTheSeed() {
        String request = "{\"prompt\":\"" + PROMPT + "\",\"max_tokens\":12,\"temperature\":1,\"seed\":7,\"n\":";
        JsonArray three = client.completion(request + "3}").getAsJsonArray("choices");
        assertThat(three).hasSize(3);
        assertThat(three.get(0)).isEqualTo(client.choice(request + "1}"));
        assertThat(three.get(1).getAsJsonObject().get("text")).isNotEqualTo(three.get(2).getAsJsonObject().get("text"));
    }

    @Test
    void streamsTheSameTextInPieces() {
        String request = "{\"prompt\":\"" + PROMPT + "\",\"max_tokens\":20,\"temperature\":0,\"logprobs\":0,"
                + "\"echo\":true";
        JsonObject whole = client.choice(request + "}");
        List<String> events = client.events("/v1/completions",
                request + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        assertThat(events.getLast()).isEqualTo("[DONE]");
        StringBuilder text = new StringBuilder();
        List<Double> scores = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (String event : events.subList(0, events.size() - 2)) {
            JsonObject choice = JsonParser.parseString(event).getAsJsonObject().getAsJsonArray("choices").get(0)
                    .getAsJsonObject();
            text.append(choice.get("text").getAsString());
            scores.addAll(numbers(choice.getAsJsonObject("logprobs").getAsJsonArray("token_logprobs")));
            reasons.add(choice.get("finish_reason").toString());
        }
        assertThat(text.toString()).isEqualTo(whole.get("text").getAsString());
        assertThat(scores).isEqualTo(numbers(whole.getAsJsonObject("logprobs").getAsJsonArray("token_logprobs")));
        assertThat(reasons.removeLast()).isEqualTo("\"length\"");
        assertThat(reasons).hasSizeGreaterThan(10).containsOnly("null");
        JsonObject last = JsonParser.parseString(events.get(events.size() - 2)).getAsJsonObject();
        assertThat(last.getAsJsonArray("choices")).isEmpty();
        assertThat(last.getAsJsonObject("usage").get("completion_tokens").getAsInt()).isEqualTo(20);
    }

    @Test
    void endsBeforeAStopSequenceAndScoresNothingBehindIt() {
        String free = continuation(PROMPT, 24);
        String stop = free.substring(9, 14);
        String request = "{\"prompt\":\"" + PROMPT + "\",\"max_tokens\":24,\"temperature\":0,\"logprobs\":0,\"stop\":";
        for (String form : List.of("\"" + stop + "\"", "[\"never\",\"" + stop + "\"]")) {
            JsonObject choice = client.choice(request + form + "}");
            String text = choice.get("text").getAsString();
            assertThat(text).isEqualTo(free.substring(0, free.indexOf(stop)));
            assertThat(choice.get("finish_reason").getAsString()).isEqualTo("stop");
            JsonArray offsets = choice.getAsJsonObject("logprobs").getAsJsonArray("text_offset");
            assertThat(offsets.get(offsets.size() - 1).getAsInt()).isLessThan(text.length());
        }
    }

    @Test
    void anEndTokenIsScoredButNotWritten() {
        int[] ids = model.tokenizer().encode(PROMPT);
        int[] free = generated(ids, 12, Sampling.GREEDY).tokens();
        int end = free[8];
        int first = IntStream.range(0, 12).filter(i -> free[i] == end).findFirst().orElseThrow();
        ServedModel ending = model.servedWithEnd(end);
        try (LatheServer other = LatheServer.start(ending, ServerOptions.local(), line -> {})) {
            JsonObject choice = new Client(other).choice("{\"prompt\":" + ids(ids)
                    + ",\"max_tokens\":12,\"temperature\":0,\"logprobs\":0}");
            assertThat(choice.get("finish_reason").getAsString()).isEqualTo("stop");
            assertThat(choice.getAsJsonObject("logprobs").getAsJsonArray("tokens")).hasSize(first + 1);
            int[] all = IntStream.concat(Arrays.stream(ids), Arrays.stream(free, 0, first)).toArray();
            assertThat(model.tokenizer().decode(ids, true) + choice.get("text").getAsString())
                    .isEqualTo(model.tokenizer().decode(all, true));
            JsonObject ignoring = new Client(other).choice("{\"prompt\":" + ids(ids)
                    + ",\"max_tokens\":12,\"temperature\":0,\"ignore_eos\":true}");
            assertThat(ignoring.get("finish_reason").getAsString()).isEqualTo("length");
        }
    }

    @Test
    void charactersOfSeveralTokensComeWhole() {
        int[] ids = model.tokenizer().encodePlain("\u20AC\u00E9");
        JsonObject choice = client.choice("{\"prompt\":" + ids(Arrays.copyOf(ids, ids.length - 1))
                + ",\"max_tokens\":1,\"temperature\":0,\"echo\":true,\"logprobs\":0}");
        assertThat(choice.get("text").getAsString()).startsWith("\u20AC");
        for (String event : client.events("/v1/completions", "{\"prompt\":\"\u20AC \u00E9 \u4F60\",\"max_tokens\":40,"
                + "\"temperature\":1.5,\"seed\":3,\"stream\":true}")) {
            if (!event.equals("[DONE]")) {
                String piece = JsonParser.parseString(event).getAsJsonObject().getAsJsonArray("choices").get(0)
                        .getAsJsonObject().get("text").getAsString();
                assertThat(piece.isEmpty() || !Character.isLowSurrogate(piece.charAt(0))).isTrue();
            }
        }
    }

    @Test
    void namesItsModel() {
        String list = client.send(client.request("/v1/models").build()).body();
        JsonObject model = JsonParser.parseString(list).getAsJsonObject().getAsJsonArray("data").get(0)
                .getAsJsonObject();
        assertThat(model.get("id").getAsString()).isEqualTo("lathe-tiny");
        assertThat(model.get("max_model_len").getAsInt()).isEqualTo(1024);
        assertThat(client.send(client.request("/v1/models/lathe-tiny").build()).body()).isEqualTo(model.toString());
        assertThat(client.send(client.request("/health").build()).body()).isEqualTo("{\"status\":\"ok\"}");
    }
}
