package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/** A request that is not answered, in the form that OpenAI's clients read. */
final class ApiError extends RuntimeException {
    private static final String INVALID = "invalid_request_error";

    private final int status;
    private final String type;
    private final Optional<String> parameter;
    private final Optional<String> code;
    private final Map<String, String> headers;

    private ApiError(int status, String type, String sentence, Optional<String> parameter, Optional<String> code) {
        this(status, type, sentence, parameter, code, Map.of());
    }

    private ApiError(int status, String type, String sentence, Optional<String> parameter, Optional<String> code,
            Map<String, String> headers) {
        super(requireNonNull(sentence, "sentence is null"), null, false, false);
        this.status = status;
        this.type = type;
        this.parameter = parameter;
        this.code = code;
        this.headers = Map.copyOf(headers);
    }

    /** The request as a whole is wrong. */
    static ApiError wrong(String sentence) {
        return new ApiError(400, INVALID, sentence, Optional.empty(), Optional.empty());
    }

    /** A parameter is wrong. */
    static ApiError parameter(String name, String sentence) {
        return new ApiError(400, INVALID, sentence, Optional.of(name), Optional.empty());
    }

    /** A parameter is wrong in a way that programs know by a code. */
    static ApiError parameter(String name, String code, String sentence) {
        return new ApiError(400, INVALID, sentence, Optional.of(name), Optional.of(code));
    }

    /** Somebody else's page may have sent a browser here, by a name of its own for this machine. */
    static ApiError foreignHost(String host) {
        return new ApiError(403, INVALID, "The request is for the host '" + host
                + "', which is no name of this machine "
                + "that the server knows: it has no key and answers only what is sent to localhost or the address that it "
                + "listens on, so that no web page can reach it by another name. Start it with a key to use other names.",
                Optional.empty(), Optional.of("host_not_allowed"));
    }

    static ApiError withoutKey() {
        return new ApiError(401, INVALID,
                "This server wants a key: send the header 'Authorization: Bearer KEY' with the "
                        + "key that it was started with.",
                Optional.empty(), Optional.of("invalid_api_key"));
    }

    static ApiError unknownModel(String asked, String served) {
        return new ApiError(404, INVALID, "The model '" + asked + "' does not exist here; this server has '" + served
                + "'.", Optional.of("model"), Optional.of("model_not_found"));
    }

    static ApiError unknownPath(String method, String path) {
        return new ApiError(404, INVALID,
                "There is no " + method + " " + path + " here. There are POST /v1/completions, "
                        + "POST /v1/chat/completions, GET /v1/models and GET /health.",
                Optional.empty(),
                Optional.of("unknown_url"));
    }

    static ApiError wrongMethod(String method, String path, List<String> right) {
        return new ApiError(405, INVALID, path + " is asked with " + right.getFirst() + ", not with " + method + ".",
                Optional.empty(), Optional.of("method_not_allowed"), Map.of("Allow", String.join(", ", right)));
    }

    static ApiError busy(int mostWaiting) {
        return new ApiError(429, "rate_limit_error", "The queue of " + mostWaiting
                + " waiting prompts is full; try again later.", Optional.empty(), Optional.of("queue_full"));
    }

    static ApiError server(String sentence) {
        return new ApiError(500, "server_error", sentence, Optional.empty(), Optional.empty());
    }

    int status() {
        return status;
    }

    /** What the client is told besides. */
    Map<String, String> headers() {
        return headers;
    }

    /** The body of the answer. */
    JsonObject json() {
        JsonObject error = new JsonObject();
        error.addProperty("message", getMessage());
        error.addProperty("type", type);
        error.add("param", parameter.map(name -> (com.google.gson.JsonElement) new JsonPrimitive(name))
                .orElse(JsonNull.INSTANCE));
        error.add("code", code.map(name -> (com.google.gson.JsonElement) new JsonPrimitive(name))
                .orElse(JsonNull.INSTANCE));
        JsonObject body = new JsonObject();
        body.add("error", error);
        return body;
    }
}
