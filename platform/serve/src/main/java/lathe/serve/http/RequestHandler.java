package lathe.serve.http;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * The requests of one connection, answered one after another: a client may send the next before it has the answer to the
 * first. All of it runs in the connection's event loop.
 */
final class RequestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final int MOST_WAITING = 16;

    private final Handler handler;
    private final Deque<ClientExchange> waiting = new ArrayDeque<>();
    private ClientExchange current;

    RequestHandler(Handler handler) {
        this.handler = handler;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (request.decoderResult().isFailure()) {
            context.writeAndFlush(Answers.refusal(HttpResponseStatus.BAD_REQUEST, "This is not a request of HTTP: "
                    + request.decoderResult().cause().getMessage() + "."))
                    .addListener(ChannelFutureListener.CLOSE);
        } else if (waiting.size() >= MOST_WAITING) {
            context.close();
        } else {
            waiting.add(new ClientExchange(context.channel(), request, () -> next(context)));
            if (current == null) {
                next(context);
            }
        }
    }

    private void next(ChannelHandlerContext context) {
        current = waiting.poll();
        if (current != null && context.channel().isActive()) {
            ClientExchange exchange = current;
            if (!exchange.refusesItself()) {
                Thread.ofVirtual().name("lathe-request").start(() -> handler.handle(exchange));
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (current != null) {
            current.gone();
        }
        waiting.clear();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        // A client may go away in the middle of its request.
        if (!(failure instanceof IOException) && !(failure instanceof PrematureChannelClosureException)) {
            System.getLogger(RequestHandler.class.getName()).log(System.Logger.Level.ERROR, "A connection failed",
                    failure);
        }
        context.close();
    }
}
