package lathe.serve;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

/** Talks to a server of a test. */
final class Client {
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI base;

    Client(LatheServer server) {
        base = URI.create("http://127.0.0.1:" + server.port());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path));
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    HttpResponse<String> post(String path, String json) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(json)).build());
    }

    CompletableFuture<JsonObject> later(String path, String json) {
        return http.sendAsync(request(path).POST(HttpRequest.BodyPublishers.ofString(json)).build(),
                HttpResponse.BodyHandlers.ofString()).thenApply(Client::json);
    }

    static JsonObject json(HttpResponse<String> response) {
        return JsonParser.parseString(response.body()).getAsJsonObject();
    }

    /** The answer to a request that must succeed. */
    JsonObject completion(String json) {
        HttpResponse<String> response = post("/v1/completions", json);
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + ": " + response.body());
        }
        return json(response);
    }

    /** The first choice of an answer. */
    JsonObject choice(String json) {
        return completion(json).getAsJsonArray("choices").get(0).getAsJsonObject();
    }

    /** The events of a stream, the closing mark included. */
    List<String> events(String path, String json) {
        HttpResponse<String> response = post(path, json);
        if (!response.headers().firstValue("content-type").orElse("").startsWith("text/event-stream")) {
            throw new AssertionError(response.statusCode() + ": " + response.body());
        }
        List<String> events = new ArrayList<>();
        for (String event : response.body().split("\n\n")) {
            if (!event.startsWith("data: ") || event.contains("\n")) {
                throw new AssertionError("This is no event: " + event);
            }
            events.add(event.substring(6));
        }
        return events;
    }
}
