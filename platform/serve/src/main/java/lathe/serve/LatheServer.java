package lathe.serve;

import static java.util.Objects.requireNonNull;

import java.util.function.Consumer;

import lathe.serve.api.Api;
import lathe.serve.chat.ChatTemplate;
import lathe.serve.decode.DecodeLoop;
import lathe.serve.http.HttpServer;

/**
 * Answers OpenAI's requests with one model: {@code /v1/completions}, {@code /v1/chat/completions}, {@code /v1/models},
 * {@code /health}. Requests that come together are computed together.
 */
public final class LatheServer implements AutoCloseable {
    private final DecodeLoop loop;
    private final HttpServer server;

    private LatheServer(DecodeLoop loop, HttpServer server) {
        this.loop = loop;
        this.server = server;
    }

    /**
     * Starts a server.
     *
     * @param model   must stay open as long as the server runs
     * @param options where and for whom it listens
     * @param log     takes a line a request, from several threads, and one before if conversations will be refused
     * @return the server, to be closed
     * @throws lathe.spi.LatheException if it may not or cannot listen there
     */
    public static LatheServer start(ServedModel model, ServerOptions options, Consumer<String> log) {
        requireNonNull(model, "model is null");
        requireNonNull(options, "options is null");
        requireNonNull(log, "log is null");
        var address = options.address();
        Limits limits = options.limits();
        model.template().flatMap(ChatTemplate::problem).ifPresent(
                problem -> log.accept("Conversations will be refused, texts continued: " + problem));
        DecodeLoop loop = new DecodeLoop(model.model(), model.scope(), limits.concurrent(), limits.waiting());
        try {
            return new LatheServer(loop, HttpServer.start(address, limits.bodyBytes(),
                    new Api(model, options, loop, log)));
        } catch (RuntimeException | Error failure) {
            loop.close();
            throw failure;
        }
    }

    /**
     * The port that is listened on.
     *
     * @return its number
     */
    public int port() {
        return server.port();
    }

    /**
     * Clients that are connected.
     *
     * @return how many
     */
    public int connections() {
        return server.connections();
    }

    /**
     * Steps computed so far, each a token of all continuations in the batch.
     *
     * @return a count that stands still while there is nothing to do
     */
    public long steps() {
        return loop.steps();
    }

    /**
     * Continuations that wait for their turn.
     *
     * @return how many
     */
    public int waiting() {
        return loop.waiting();
    }

    /** Takes no more requests, ends those at work with an error after the step being computed, closes all connections. */
    @Override
    public void close() {
        server.stopListening();
        loop.close();
        server.close();
    }
}
