package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

import com.google.gson.JsonObject;

import lathe.serve.http.Exchange;

/** A request while it is answered, with its line in the log. */
final class Call {
    private final Exchange exchange;
    private final Consumer<String> log;
    private final long started = System.nanoTime();

    Call(Exchange exchange, Consumer<String> log) {
        this.exchange = requireNonNull(exchange, "exchange is null");
        this.log = requireNonNull(log, "log is null");
    }

    Exchange exchange() {
        return exchange;
    }

    void respond(int status, JsonObject body, String note) {
        respond(status, body, Map.of(), note);
    }

    void fail(ApiError error) {
        respond(error.status(), error.json(), error.headers(), error.getMessage());
    }

    private void respond(int status, JsonObject body, Map<String, String> headers, String note) {
        log(String.valueOf(status), note);
        exchange.respond(status, body.toString(), headers);
    }

    /** Writes the one line of this request. */
    void log(String outcome, String note) {
        double seconds = (System.nanoTime() - started) * 1e-9;
        String line = String.format(Locale.ROOT, "%s %s %s %.3f s%s", exchange.method(), exchange.path(), outcome,
                seconds,
                note.isEmpty() ? "" : ": " + note);
        // Part of it is the client's text: what could begin a line or colour the terminal is left out.
        log.accept(line.replaceAll("\\p{Cntrl}", "?"));
    }
}
