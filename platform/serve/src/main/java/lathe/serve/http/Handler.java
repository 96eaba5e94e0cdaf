package lathe.serve.http;

/** Answers requests. */
@FunctionalInterface
public interface Handler {
    /**
     * Answers a request, now or later. Called in a thread of the request's own.
     *
     * @param exchange the request
     */
    void handle(Exchange exchange);
}
