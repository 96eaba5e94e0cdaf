package lathe.serve.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;

/** A request that came over a connection. */
final class ClientExchange implements Exchange {
    private final Channel channel;
    private final String method;
    private final String path;
    private final boolean readable;
    private final HttpHeaders headers;
    private final byte[] body;
    private final Runnable answered;
    private boolean gone;
    private boolean complete;
    private Optional<Runnable> whenGone = Optional.empty();

    /** @param answered done in the event loop once the answer is complete */
    ClientExchange(Channel channel, FullHttpRequest request, Runnable answered) {
        this.channel = channel;
        this.method = request.method().name();
        Optional<String> decoded = path(request.uri());
        this.path = decoded.orElse(request.uri());
        this.readable = decoded.isPresent();
        this.headers = request.headers().copy();
        this.body = ByteBufUtil.getBytes(request.content());
        this.answered = answered;
    }

    private static Optional<String> path(String uri) {
        try {
            return Optional.of(new QueryStringDecoder(uri).path());
        } catch (IllegalArgumentException broken) {
            return Optional.empty();
        }
    }

    /** Answers by itself if what is asked for cannot be read, which no handler needs to know of. */
    boolean refusesItself() {
        if (!readable) {
            respond(HttpResponseStatus.BAD_REQUEST.code(), Answers.error("The path '" + path
                    + "' cannot be read: a '%' in it must be followed by two hexadecimal digits, and all of it be UTF-8."));
        }
        return !readable;
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    @Override
    public byte[] body() {
        return body;
    }

    @Override
    public void respond(int status, String json, Map<String, String> more) {
        FullHttpResponse answer = Answers.json(status, json);
        more.forEach(answer.headers()::set);
        // The codec leaves the body of an answer to HEAD away.
        channel.writeAndFlush(answer);
        complete();
    }

    @Override
    public void startEvents() {
        channel.writeAndFlush(Answers.events());
    }

    @Override
    public void event(String data) {
        channel.writeAndFlush(new DefaultHttpContent(
                Unpooled.copiedBuffer("data: " + data + "\n\n", StandardCharsets.UTF_8)));
    }

    @Override
    public void endEvents() {
        channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        complete();
    }

    @Override
    public void onGone(Runnable action) {
        synchronized (this) {
            if (!gone) {
                whenGone = Optional.of(action);
                return;
            }
        }
        action.run();
    }

    /** The client has gone; what nobody waits for any more is given up. */
    void gone() {
        Optional<Runnable> action;
        synchronized (this) {
            gone = true;
            action = complete ? Optional.empty() : whenGone;
        }
        action.ifPresent(Runnable::run);
    }

    private void complete() {
        synchronized (this) {
            complete = true;
        }
        if (channel.isActive()) {
            channel.eventLoop().execute(answered);
        }
    }
}
