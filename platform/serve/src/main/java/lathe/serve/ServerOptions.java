package lathe.serve;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;

import lathe.spi.LatheException;

/**
 * Where and for whom a server listens.
 *
 * @param host   a name or address of this machine
 * @param port   0 takes any that is free
 * @param key    what clients must bring as {@code Authorization: Bearer KEY}, if anything
 * @param limits what is accepted
 */
public record ServerOptions(String host, int port, Optional<String> key, Limits limits) {
    private static final int LARGEST_PORT = 65_535;

    /** Checks the parts. */
    public ServerOptions {
        requireNonNull(host, "host is null");
        requireNonNull(key, "key is null");
        requireNonNull(limits, "limits is null");
        if (port < 0 || port > LARGEST_PORT) {
            throw new LatheException("The port " + port + " does not exist; ports are from 1 to " + LARGEST_PORT
                    + ", 0 takes one that is free.");
        }
        if (key.isPresent() && key.get().isBlank()) {
            throw new LatheException("The key is empty; give one that cannot be guessed.");
        }
    }

    /**
     * This machine alone, any free port, no key.
     *
     * @return options for tests and trials
     */
    public static ServerOptions local() {
        return new ServerOptions("127.0.0.1", 0, Optional.empty(), Limits.USUAL);
    }

    /**
     * Says early what {@link LatheServer#start} would say.
     *
     * @throws LatheException if the host is unknown, or other machines could reach it and there is no key
     */
    public void requireAllowed() {
        address();
    }

    /**
     * The address.
     *
     * @return where to listen
     * @throws LatheException if the host is unknown, or other machines could reach it and there is no key
     */
    InetSocketAddress address() {
        try {
            InetAddress address = InetAddress.getByName(host);
            if (!address.isLoopbackAddress() && key.isEmpty()) {
                throw new LatheException("On " + host + " other machines can reach the server, so it needs a key: give "
                        + "one with --key or in the variable LATHE_SERVE_KEY, or listen on 127.0.0.1.");
            }
            return new InetSocketAddress(address, port);
        } catch (UnknownHostException unknown) {
            throw new LatheException("There is no host '" + host + "' to listen on.", unknown);
        }
    }
}
