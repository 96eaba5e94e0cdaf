package lathe.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.models.transformer.ServingPlan;
import lathe.spi.LatheException;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.FullStore;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;

/** What a server refuses, whom it lets in, and what becomes of requests that nobody waits for. */
class RefusalsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static TestModel model;
    private static LatheServer server;
    private static Client client;

    @BeforeAll
    static void start() {
        assumeThat(TestModel.isThere()).as("experiments/models/lathe-tiny is there").isTrue();
        model = new TestModel();
        server = LatheServer.start(model.served(ServingPlan.PLAIN, Optional.empty()),
                new ServerOptions("localhost", 0, Optional.empty(), new Limits(2, 4, 3, 2000)), line -> {});
        client = new Client(server);
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
            model.close();
        }
    }

    private static void assertRefused(HttpResponse<String> response, int status, String... parts) {
        JsonObject error = Client.json(response).getAsJsonObject("error");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(error.keySet()).containsExactly("message", "type", "param", "code");
        assertThat(response.body()).contains(parts);
        assertThat(error.get("message").getAsString()).endsWith(".");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'prompt':'a','temperature':-1}; temperature",
        "{'prompt':'a','temperature':'hot'}; must be a number",
        "{'prompt':'a','top_p':1.5}; top-p",
        "{'prompt':'a','max_tokens':1.5}; whole number",
        "{'prompt':'a','max_tokens':-1}; from 0 to 1024",
        "{'prompt':'a','logprobs':21}; from 0 to 20",
        "{'prompt':'a','n':4}; from 1 to 3",
        "{'prompt':'a','n':2,'best_of':3}; best_of",
        "{'prompt':'a','echo':'yes'}; true or false",
        "{'prompt':'a','seed':1.5}; seed",
        "{'prompt':'a','stop':[1]}; list of texts",
        "{'prompt':'a','presence_penalty':0.5}; presence_penalty",
        "{'prompt':'a','logit_bias':{'5':1}}; logit_bias",
        "{'prompt':'a','response_format':{'type':'json_object'}}; response_format",
        "{'prompt':'a','mirostat':2}; does not know the parameter 'mirostat'",
        "{'prompt':['a','b','c','d']}; at most 3",
        "{'prompt':['a','b'],'n':2}; limit of 3",
        "{'prompt':[5,4096]}; from 0 to 4095",
        "{'prompt':[-1]}; from 0 to 4095",
        "{'prompt':[5,'a']}; 'prompt' must be a text, a list of texts, a list of token ids",
        "{'prompt':[[5],[5,true]]}; 'prompt' must be a text, a list of texts, a list of token ids",
        "{'prompt':'a','seed':[1]}; whole number of at most 64 bits",
        "{'prompt':'a','seed':'5'}; whole number of at most 64 bits",
        "{'prompt':'a','stream':true,'stream_options':'usage'}; must be an object",
        "{'prompt':'a','stream':true,'stream_options':[]}; must be an object",
        "{'prompt':'a','stream_options':{'include_usage':1}}; 'include_usage'",
        "{'prompt':'a','max_completion_tokens':5}; does not know the parameter 'max_completion_tokens'",
        "{'prompt':[]}; empty",
        "{'prompt':[[]]}; at least one token",
        "{'prompt':{}}; must be a text",
        "{}; 'prompt' is missing",
        "{'prompt':'a','max_tokens':1024}; context length is 1024",
        "{'prompt':'a'; not JSON",
        "{'prompt':'a'} x; JSON",
        "[1]; one JSON object",
        "{prompt:1}; not JSON",
        "{'prompt':'a','temperature':1e999}; must be a number"
    })
    void refusesWithASentence(String request) {
        String[] parts = request.split("; ");
        assertRefused(client.post("/v1/completions", parts[0].replace('\'', '"')), 400, "invalid_request_error",
                parts[1]);
    }

    @Test
    void takesParametersThatAskForNothing() {
        assertThat(client.post("/v1/completions", "{\"prompt\":\"a\",\"max_tokens\":1,\"presence_penalty\":0.0,"
                + "\"logit_bias\":{},\"user\":\"me\",\"suffix\":null,\"top_k\":-1,\"best_of\":1,\"stop\":[]}")
                .statusCode())
                .isEqualTo(200);
    }

    @Test
    void refusesWhatDoesNotExist() {
        assertRefused(client.post("/v1/completions", "{\"model\":\"gpt-4\",\"prompt\":\"a\"}"), 404, "model_not_found",
                "lathe-tiny");
        assertRefused(client.send(client.request("/v1/models/gpt-4").build()), 404, "gpt-4");
        assertRefused(client.post("/v1/embeddings", "{}"), 404, "/v1/completions");
        assertWrongMethod(client.send(client.request("/v1/completions").build()), "POST");
        assertWrongMethod(client.post("/v1/models", "{}"), "GET, HEAD");
        assertWrongMethod(client.post("/health", "{}"), "GET, HEAD");
        assertRefused(client.post("/v1/chat/completions", "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"),
                400, "no chat template");
    }

    private static void assertWrongMethod(HttpResponse<String> response, String right) {
        assertRefused(response, 405, "method_not_allowed", right.substring(0, 3));
        assertThat(response.headers().firstValue("Allow")).contains(right);
    }

    @ParameterizedTest
    @ValueSource(strings = {"temperature=-1", "top_p=1.5", "min_p=-0.1", "repetition_penalty=0", "top_k=-2",
        "seed=[1]"})
    void namesTheParameterThatIsWrong(String wrong) {
        String[] parts = wrong.split("=");
        HttpResponse<String> response = client.post("/v1/completions",
                "{\"prompt\":\"a\",\"" + parts[0] + "\":" + parts[1] + "}");
        assertRefused(response, 400, "must be");
        assertThat(Client.json(response).getAsJsonObject("error").get("param").getAsString()).isEqualTo(parts[0]);
    }

    @Test
    void answersWhoAsksForTheHeadAlone() {
        for (String path : List.of("/health", "/v1/models", "/v1/models/lathe-tiny")) {
            HttpResponse<String> whole = client.send(client.request(path).build());
            HttpResponse<String> head = client.send(client.request(path).HEAD().build());
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(head.headers().map()).isEqualTo(whole.headers().map()).containsKey("content-length");
        }
    }

    /** What comes back for bytes that no well-behaved client sends, until the server closes the connection. */
    private static String answerTo(LatheServer asked, String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", asked.port())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void answersAPathThatCannotBeReadWithASentence() throws IOException {
        assertThat(answerTo(server, "GET /v1/models/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                + "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ").contains("'/v1/models/%zz' cannot be read", "\"status\":\"ok\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example",
        "192.168.0.7:8000", "[fe80::1]:8000", ""})
    void refusesOtherNamesOfThisMachineWhereThereIsNoKey(String host) throws IOException {
        assertThat(answerTo(server, "GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403 ").contains("'" + host + "'", "host_not_allowed", "key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LocalHost:8000", "a.localhost", "127.0.0.1:1", "127.1.2.3", "[::1]:8000"})
    void answersByEveryLocalName(String host) throws IOException {
        assertThat(answerTo(server, "GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(answerTo(server, "GET /v1/models HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void answersByAnyNameWhereThereIsAKey() throws IOException {
        ServerOptions guarded = new ServerOptions("127.0.0.1", 0, Optional.of("secret"), Limits.USUAL);
        try (LatheServer other = LatheServer.start(model.served(ServingPlan.PLAIN, Optional.empty()), guarded,
                line -> {})) {
            assertThat(answerTo(other, "GET /v1/models HTTP/1.1\r\nHost: my.example\r\nConnection: close\r\n"
                    + "Authorization: Bearer secret\r\n\r\n")).startsWith("HTTP/1.1 200 ");
        }
    }

    /** A tokenizer that must not be asked stands for one that is slow: no test asserts a time. */
    @Test
    void refusesPromptsThatCannotFitBeforeTheyAreTakenApart() {
        ServedModel served = model.servedWithout("encodeFully", "stream");
        try (LatheServer other = LatheServer.start(served, ServerOptions.local(), line -> {})) {
            Client guest = new Client(other);
            assertRefused(guest.post("/v1/completions", "{\"prompt\":\"" + "a".repeat(64 * 1024 + 1) + "\"}"), 400,
                    "context_length_exceeded", "65537 characters");
            assertRefused(guest.post("/v1/completions", "{\"prompt\":[5" + ",5".repeat(1024) + "]}"), 400,
                    "context_length_exceeded", "has 1025");
        }
    }

    @Test
    void aClientThatSendsMuchTooMuchIsTold() throws IOException {
        int bytes = 30_000_000;
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + bytes
                            + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            byte[] piece = new byte[10_000];
            for (int sent = 0; sent < bytes; sent += piece.length) {
                out.write(piece);
            }
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 413 ").contains("limit of 2000 bytes");
        }
    }

    @Test
    void refusesALongBodyByTheLimitAndBytesThatAreNoText() throws IOException {
        assertRefused(client.post("/v1/completions", "{\"prompt\":\"" + "a".repeat(3000) + "\"}"), 413,
                "limit of 2000 bytes");
        assertThat(answerTo(server, "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                + "Content-Length: 3000\r\n\r\n")).startsWith("HTTP/1.1 413 ").contains("limit of 2000 bytes");
        HttpRequest invalid = client.request("/v1/completions")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {'{', '"', (byte) 0xFF, '"', '}'})).build();
        assertRefused(client.send(invalid), 400, "not JSON");
        assertRefused(client.post("/v1/completions", "[".repeat(1000)), 400, "not JSON");
    }

    @Test
    void refusesWhatIsNotHttp() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write("NONSENSE\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void answersRequestsOfOneConnectionInTheirOrder() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            String slow = "{\"prompt\":\"a\",\"max_tokens\":30,\"temperature\":0}";
            socket.getOutputStream()
                    .write(("POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + slow.length()
                            + "\r\n\r\n" + slow
                            + "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answers.indexOf("text_completion")).isPositive()
                    .isLessThan(answers.indexOf("\"status\":\"ok\""));
        }
    }

    @Test
    void letsInOnlyWhoHasTheKey() {
        ServerOptions guarded = new ServerOptions("127.0.0.1", 0, Optional.of("secret"), Limits.USUAL);
        try (LatheServer other = LatheServer.start(model.served(ServingPlan.PLAIN, Optional.empty()), guarded,
                line -> {})) {
            Client guest = new Client(other);
            assertRefused(guest.send(guest.request("/v1/models").build()), 401, "invalid_api_key");
            assertRefused(guest.send(guest.request("/v1/models").header("Authorization", "Bearer wrong").build()), 401,
                    "wants a key");
            assertThat(guest.send(guest.request("/v1/models").header("Authorization", "Bearer secret").build())
                    .statusCode()).isEqualTo(200);
            assertThat(guest.send(guest.request("/health").build()).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void saysWhichLimitIsWrong() {
        assertThatThrownBy(() -> new Limits(0, 1, 1, 1)).isInstanceOf(LatheException.class)
                .hasMessage("The number of continuations that are computed together is 0; it must be 1 or more.");
        assertThatThrownBy(() -> new Limits(1, -1, -1, 1))
                .hasMessage("The number of continuations that may wait is -1; it must be 1 or more.");
    }

    @Test
    void opensToOtherMachinesOnlyWithAKey() {
        ServedModel served = model.served(ServingPlan.PLAIN, Optional.empty());
        assertThatThrownBy(() -> LatheServer.start(served,
                new ServerOptions("0.0.0.0", 0, Optional.empty(), Limits.USUAL), line -> {}))
                .isInstanceOf(LatheException.class).hasMessageContaining("needs a key");
        assertThatThrownBy(() -> LatheServer.start(served,
                new ServerOptions("127.0.0.1", server.port(), Optional.empty(), Limits.USUAL), line -> {}))
                .isInstanceOf(LatheException.class).hasMessageContaining("--port");
    }

    /** Full caches, whose opening waits at a gate: whoever opens one is at work until the gate is opened. */
    private static final class Gate implements KvPolicy {
        private final CountDownLatch gate = new CountDownLatch(1);
        private final AtomicInteger opened = new AtomicInteger();

        @Override
        public KvStore open(LayerInfo layer, CacheContext context) {
            if (layer.block() == 0) {
                opened.incrementAndGet();
                try {
                    gate.await();
                } catch (InterruptedException stopped) {
                    throw new IllegalStateException(stopped);
                }
            }
            return new FullStore(layer, context);
        }
    }

    private static void await(BooleanSupplier condition) {
        Instant end = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("what was waited for came in time").isBefore(end);
            Thread.onSpinWait();
        }
    }

    @Test
    void aFullQueueRefusesAndWhatItHoldsIsAnsweredLater() {
        Gate gate = new Gate();
        ServerOptions narrow = new ServerOptions("127.0.0.1", 0, Optional.empty(), new Limits(1, 2, 2, 1000));
        try (LatheServer other = LatheServer.start(
                model.served(ServingPlan.PLAIN.withCache(gate), Optional.empty()), narrow, line -> {})) {
            Client guest = new Client(other);
            String request = "{\"prompt\":\"a\",\"max_tokens\":2,\"temperature\":0}";
            CompletableFuture<JsonObject> first = guest.later("/v1/completions", request);
            await(() -> gate.opened.get() == 1);
            CompletableFuture<JsonObject> second = guest.later("/v1/completions", request.replace("}", ",\"n\":2}"));
            await(() -> other.waiting() == 2);
            HttpResponse<String> refused = guest.post("/v1/completions", request);
            assertRefused(refused, 429, "rate_limit_error", "queue_full");
            gate.gate.countDown();
            assertThat(first.join().getAsJsonArray("choices")).hasSize(1);
            assertThat(second.join().getAsJsonArray("choices")).hasSize(2);
        }
    }

    @Test
    void aClientThatGoesAwayStopsTheComputation() throws Exception {
        for (boolean streams : new boolean[] {true, false}) {
            Gate gate = new Gate();
            BlockingQueue<String> log = new LinkedBlockingQueue<>();
            try (LatheServer other = LatheServer.start(
                    model.served(ServingPlan.PLAIN.withCache(gate), Optional.empty()), ServerOptions.local(),
                    log::add)) {
                String body = "{\"prompt\":\"a\",\"max_tokens\":900,\"temperature\":0,\"ignore_eos\":true,\"stream\":"
                        + streams + "}";
                try (Socket socket = new Socket("127.0.0.1", other.port())) {
                    socket.getOutputStream()
                            .write(("POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
                    await(() -> gate.opened.get() == 1);
                }
                assertThat(log.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).contains("cancelled", "went away");
                gate.gate.countDown();
                // The next request is answered, and of the one before not more than a step was computed.
                JsonObject next = new Client(other).completion("{\"prompt\":\"a\",\"max_tokens\":3,\"temperature\":0}");
                assertThat(next.getAsJsonArray("choices")).hasSize(1);
                assertThat(other.steps()).isLessThan(10);
            }
        }
    }

    @Test
    void closingEndsWhatIsAtWorkWithAnError() throws Exception {
        Gate gate = new Gate();
        LatheServer other = LatheServer.start(model.served(ServingPlan.PLAIN.withCache(gate), Optional.empty()),
                ServerOptions.local(), line -> {});
        Client guest = new Client(other);
        CompletableFuture<JsonObject> waiting = guest.later("/v1/completions",
                "{\"prompt\":\"a\",\"max_tokens\":900,\"ignore_eos\":true}");
        await(() -> gate.opened.get() == 1);
        Thread closing = Thread.ofPlatform().start(other::close);
        gate.gate.countDown();
        closing.join();
        assertThat(waiting.join().getAsJsonObject("error").get("message").getAsString()).contains("stopping");
    }

    @Test
    void logsALineARequest() {
        BlockingQueue<String> log = new LinkedBlockingQueue<>();
        try (LatheServer other = LatheServer.start(model.served(ServingPlan.PLAIN, Optional.empty()),
                ServerOptions.local(), log::add)) {
            Client guest = new Client(other);
            guest.completion("{\"prompt\":[5,6,7],\"max_tokens\":2,\"temperature\":0,\"ignore_eos\":true}");
            guest.post("/v1/completions", "{}");
            guest.send(guest.request("/v1/%0Anew").build());
        }
        assertThat(log).hasSize(3);
        assertThat(log.poll()).matches("POST /v1/completions 200 \\d+\\.\\d+ s: 3 prompt tokens, 2 new");
        assertThat(log.poll()).startsWith("POST /v1/completions 400 ").contains("'prompt' is missing");
        assertThat(log.poll()).startsWith("GET /v1/?new 404 ").doesNotContain("\n");
    }
}
