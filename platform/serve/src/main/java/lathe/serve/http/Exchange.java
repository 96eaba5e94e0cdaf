package lathe.serve.http;

import java.util.Map;
import java.util.Optional;

/** One request and the answer to it. May be answered by any thread, by one at a time. */
public interface Exchange {
    /**
     * The method.
     *
     * @return such as {@code POST}
     */
    String method();

    /**
     * What is asked for.
     *
     * @return the path without the query
     */
    String path();

    /**
     * A header.
     *
     * @param name whatever its case
     * @return its first value
     */
    Optional<String> header(String name);

    /**
     * The body.
     *
     * @return its bytes, empty if there are none
     */
    byte[] body();

    /**
     * Answers at once.
     *
     * @param status HTTP status
     * @param json   the body
     */
    default void respond(int status, String json) {
        respond(status, json, Map.of());
    }

    /**
     * Answers at once.
     *
     * @param status  HTTP status
     * @param json    the body, which a client that asks for the head alone does not get
     * @param headers what the client is told besides
     */
    void respond(int status, String json, Map<String, String> headers);

    /** Begins an answer that is a stream of events. */
    void startEvents();

    /**
     * Sends an event.
     *
     * @param data one line
     */
    void event(String data);

    /** Ends a stream of events. */
    void endEvents();

    /**
     * Asks to be told when the client goes away before its answer is complete.
     *
     * @param action done once, by any thread; at once if the client has gone already
     */
    void onGone(Runnable action);
}
