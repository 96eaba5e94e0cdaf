package lathe.serve.http;

import java.nio.charset.StandardCharsets;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/** Answers as they go over the wire. */
final class Answers {
    private Answers() {}

    static FullHttpResponse json(int status, String body) {
        FullHttpResponse answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status),
                Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        answer.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, answer.content().readableBytes());
        return answer;
    }

    static HttpResponse events() {
        HttpResponse answer = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        answer.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_CACHE)
                .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        return answer;
    }

    /** After a request that cannot even be read; the connection can be of no further use. */
    static FullHttpResponse refusal(HttpResponseStatus status, String sentence) {
        FullHttpResponse answer = json(status.code(), error(sentence));
        answer.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        return answer;
    }

    /** An error of a request that does not get as far as the handler, in the form of all others. */
    static String error(String sentence) {
        JsonObject error = new JsonObject();
        error.addProperty("message", sentence);
        error.addProperty("type", "invalid_request_error");
        error.add("param", JsonNull.INSTANCE);
        error.add("code", JsonNull.INSTANCE);
        JsonObject body = new JsonObject();
        body.add("error", error);
        return body.toString();
    }
}
