package lathe.serve.http;

import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;

/** Puts requests together; one whose body is too long is told so and gets no further. */
final class WholeRequests extends HttpObjectAggregator {
    private static final int SECONDS_TO_LISTEN = 10;

    private final int bodyBytes;

    WholeRequests(int bodyBytes) {
        super(bodyBytes);
        this.bodyBytes = bodyBytes;
    }

    /**
     * Answers, and goes on to read and forget what still comes: many clients look for an answer only after they have sent all,
     * and on a connection that was closed before they would find none.
     */
    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        // Past the handler that would close the connection after its last answer.
        context.pipeline().context(HttpServerKeepAliveHandler.class).writeAndFlush(tooLong())
                .addListener(sent -> ((SocketChannel) context.channel()).shutdownOutput());
        context.executor().schedule(() -> context.close(), SECONDS_TO_LISTEN, TimeUnit.SECONDS);
    }

    /** A client that asks before it sends its body hears the same. */
    @Override
    protected Object newContinueResponse(HttpMessage start, int most, ChannelPipeline pipeline) {
        Object answer = super.newContinueResponse(start, most, pipeline);
        boolean refused = answer instanceof FullHttpResponse response
                && response.status().equals(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
        return refused ? tooLong() : answer;
    }

    private FullHttpResponse tooLong() {
        return Answers.refusal(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                "The body of the request is longer than the limit of " + bodyBytes
                        + " bytes; send fewer or shorter prompts at once.");
    }
}
