package lathe.serve.http;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;

import lathe.spi.LatheException;

/** Listens on a port. One thread reads and writes for all clients; each request is answered in a virtual thread. */
public final class HttpServer implements AutoCloseable {
    private static final int LONGEST_LINE = 8 << 10;
    private static final int LONGEST_HEADERS = 16 << 10;
    private static final int CHUNK = 16 << 10;
    private static final int MOST_CONNECTIONS = 256;
    private static final int SECONDS_TO_END = 2;

    private final EventLoopGroup threads;
    private final Channel listening;
    private final ChannelGroup clients;

    private HttpServer(EventLoopGroup threads, Channel listening, ChannelGroup clients) {
        this.threads = threads;
        this.listening = listening;
        this.clients = clients;
    }

    /**
     * Starts to listen.
     *
     * @param address   where; port 0 takes any that is free
     * @param bodyBytes longest body of a request
     * @param handler   answers requests
     * @return the server, to be closed
     * @throws LatheException if the address cannot be listened on
     */
    public static HttpServer start(InetSocketAddress address, int bodyBytes, Handler handler) {
        requireNonNull(address, "address is null");
        requireNonNull(handler, "handler is null");
        // The JDK warns of every use of Unsafe; without it the server is as fast for what is sent here.
        System.setProperty("io.netty.noUnsafe", "true");
        EventLoopGroup threads = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("lathe-http", true),
                NioIoHandler.newFactory());
        ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        ServerBootstrap bootstrap = new ServerBootstrap().group(threads).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
                .childHandler(new Pipeline(clients, bodyBytes, handler));
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            threads.shutdownGracefully(0, SECONDS_TO_END, TimeUnit.SECONDS);
            throw new LatheException("Cannot listen on " + address.getHostString() + ":" + address.getPort() + ": "
                    + bound.cause().getMessage() + ". Choose another with --port or --host.", bound.cause());
        }
        return new HttpServer(threads, bound.channel(), clients);
    }

    /** What stands between the bytes of a client and the handler. */
    private static final class Pipeline extends ChannelInitializer<SocketChannel> {
        private final ChannelGroup clients;
        private final int bodyBytes;
        private final Handler handler;

        Pipeline(ChannelGroup clients, int bodyBytes, Handler handler) {
            this.clients = clients;
            this.bodyBytes = bodyBytes;
            this.handler = handler;
        }

        @Override
        protected void initChannel(SocketChannel client) {
            if (clients.size() >= MOST_CONNECTIONS) {
                client.close();
                return;
            }
            clients.add(client);
            client.pipeline().addLast(new HttpServerCodec(LONGEST_LINE, LONGEST_HEADERS, CHUNK),
                    new HttpServerKeepAliveHandler(), new WholeRequests(bodyBytes), new RequestHandler(handler));
        }
    }

    /**
     * The port that is listened on.
     *
     * @return its number
     */
    public int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    /**
     * Clients that are connected.
     *
     * @return how many
     */
    public int connections() {
        return clients.size();
    }

    /** Takes no more connections; those that are there stay. */
    public void stopListening() {
        listening.close().awaitUninterruptibly();
    }

    /** Stops listening and closes all connections. */
    @Override
    public void close() {
        stopListening();
        clients.close().awaitUninterruptibly();
        threads.shutdownGracefully(0, SECONDS_TO_END, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
