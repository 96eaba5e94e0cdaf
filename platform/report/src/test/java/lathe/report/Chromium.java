package lathe.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

/**
 * A headless Chromium with one page, driven through its debugging socket. It collects what the page writes to the
 * console, its errors and what it asks the network for.
 */
final class Chromium implements AutoCloseable {
    private static final int SECONDS = 60;
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome",
            "google-chrome-stable");

    private final Process process;
    private final Path profile;
    private final WebSocket socket;
    private final Gson gson = new Gson();
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
    private final BlockingQueue<String> loaded = new LinkedBlockingQueue<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private String session = "";

    /**
     * @return the browser's program, when this machine has one
     */
    static Optional<Path> find() {
        Stream<String> folders = Stream.concat(Stream.of(System.getenv().getOrDefault("PATH", "").split(":")),
                Stream.of("/usr/bin"));
        return folders.filter(folder -> !folder.isEmpty())
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name))).filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * @param program the browser's program
     * @throws IOException when it does not start
     */
    Chromium(Path program) throws IOException {
        profile = Files.createTempDirectory("lathe-chromium");
        process = new ProcessBuilder(program.toString(), "--headless", "--no-sandbox", "--disable-gpu",
                "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--hide-scrollbars", "--user-data-dir=" + profile, "--remote-debugging-port=0",
                "about:blank").redirectErrorStream(true).redirectOutput(profile.resolve("log").toFile()).start();
        try {
            socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address(), new Listener()).join();
            JsonObject target = call("Target.createTarget", Map.of("url", "about:blank"));
            session = call("Target.attachToTarget", Map.of("targetId", target.get("targetId"), "flatten", true))
                    .get("sessionId").getAsString();
            for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
                call(domain + ".enable", Map.of());
            }
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** The browser writes its port and path into its profile once it listens. */
    private URI address() throws IOException {
        Path file = profile.resolve("DevToolsActivePort");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (System.nanoTime() < end && process.isAlive()) {
            if (Files.exists(file)) {
                List<String> lines = Files.readAllLines(file);
                if (lines.size() >= 2) {
                    return URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
                }
            }
            pause();
        }
        throw new IOException("Chromium does not listen:\n" + Files.readString(profile.resolve("log")));
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                receive(JsonParser.parseString(text.toString()).getAsJsonObject());
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }
    }

    private void receive(JsonObject message) {
        if (message.has("id")) {
            answers.remove(message.get("id").getAsInt()).complete(message);
            return;
        }
        JsonObject event = message.getAsJsonObject("params");
        switch (message.get("method").getAsString()) {
            case "Page.loadEventFired" -> loaded.add("loaded");
            case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded" ->
                complaints.add(event.toString());
            case "Network.requestWillBeSent" ->
                requests.add(event.getAsJsonObject("request").get("url").getAsString());
            default -> {
                // Events of no interest here.
            }
        }
    }

    /**
     * @param method     a command of the debugging protocol
     * @param parameters its parameters
     * @return its result
     */
    JsonObject call(String method, Map<String, Object> parameters) {
        int id = lastId.incrementAndGet();
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        answers.put(id, answer);
        JsonObject message = new JsonObject();
        message.addProperty("id", id);
        message.addProperty("method", method);
        message.add("params", gson.toJsonTree(parameters));
        if (!session.isEmpty()) {
            message.addProperty("sessionId", session);
        }
        socket.sendText(message.toString(), true).join();
        try {
            JsonObject result = answer.get(SECONDS, TimeUnit.SECONDS);
            if (result.has("error")) {
                throw new IllegalStateException(method + ": " + result.get("error"));
            }
            return result.getAsJsonObject("result");
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException(method + " got no answer", e);
        }
    }

    /**
     * Opens a file and waits until it is loaded.
     *
     * @param file the page
     * @throws InterruptedException when interrupted
     */
    void open(Path file) throws InterruptedException {
        loaded.clear();
        call("Page.navigate", Map.of("url", file.toUri().toString()));
        if (loaded.poll(SECONDS, TimeUnit.SECONDS) == null) {
            throw new IllegalStateException("The page " + file + " does not load");
        }
    }

    /**
     * @param script an expression of JavaScript
     * @return its value
     */
    JsonElement evaluate(String script) {
        JsonObject answer = call("Runtime.evaluate",
                Map.of("expression", script, "returnByValue", true, "awaitPromise", true));
        if (answer.has("exceptionDetails")) {
            throw new IllegalStateException(script + ": " + answer.get("exceptionDetails"));
        }
        return answer.getAsJsonObject("result").get("value");
    }

    /**
     * Waits until the page has taken the size and drawn its charts anew, which it does in the frame after: the browser's
     * answer alone says neither.
     *
     * @param width  width of the window
     * @param height height of the window
     */
    void resize(int width, int height) {
        call("Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        evaluate("""
                new Promise(done => {
                  const look = () => requestAnimationFrame(innerWidth === %d
                    ? () => requestAnimationFrame(() => done(0)) : look);
                  look();
                })""".formatted(width));
    }

    /**
     * @return the whole page as PNG
     */
    byte[] screenshot() {
        String data = call("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true))
                .get("data").getAsString();
        return Base64.getDecoder().decode(data);
    }

    /**
     * @return the page printed on paper as PDF
     */
    byte[] print() {
        String data = call("Page.printToPDF", Map.of("printBackground", true)).get("data").getAsString();
        return Base64.getDecoder().decode(data);
    }

    /** Forgets complaints and requests, so that one test does not answer for another. */
    void forget() {
        complaints.clear();
        requests.clear();
    }

    /**
     * @return console messages, errors and complaints of the browser so far
     */
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    /**
     * @return all addresses that were asked for so far
     */
    List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        process.destroy();
        try {
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        delete(profile);
    }

    /** Helpers of the browser may still write while it ends: what cannot be deleted is left to the system. */
    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
        } catch (UncheckedIOException e) {
            // A file went away while it was being listed.
        }
    }
}
