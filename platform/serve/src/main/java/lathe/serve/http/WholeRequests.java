package lathe.serve.http;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;

/** Puts requests together; one whose body is too long is told so and gets no further. */
final class WholeRequests extends HttpObjectAggregator {
    private final int bodyBytes;

    WholeRequests(int bodyBytes) {
        super(bodyBytes);
        this.bodyBytes = bodyBytes;
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        // What still comes of the body is not read, so the connection can be of no further use.
        context.writeAndFlush(Answers.refusal("The body of the request is longer than the limit of " + bodyBytes
                + " bytes; send fewer or shorter prompts at once.")).addListener(ChannelFutureListener.CLOSE);
    }
}
