package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.util.Locale;

/**
 * The names by which programs of this machine call a server that listens to this machine alone. A page of the web may give a
 * name of its own this machine's address; a browser then sends what the page asks for here, and shows the page the answer.
 * It says in the header Host which name that was.
 *
 * @param own the name or address that the server was told to listen on
 */
record LocalHosts(String own) {
    private static final String NAME = "localhost";

    LocalHosts {
        requireNonNull(own, "own is null");
    }

    /** Whether a header Host names this machine. */
    boolean include(String header) {
        String name = name(header.strip().toLowerCase(Locale.ROOT));
        return name.equals(NAME) || name.endsWith("." + NAME) || name.equalsIgnoreCase(own) || isLoopback(name);
    }

    /** Without port and brackets. */
    private static String name(String header) {
        int bracket = header.indexOf(']');
        if (header.startsWith("[") && bracket > 0) {
            return header.substring(1, bracket);
        }
        int port = header.indexOf(':');
        return port < 0 ? header : header.substring(0, port);
    }

    /** Of an address alone: a name is never looked up, as whoever gave it may answer what he likes. */
    private static boolean isLoopback(String name) {
        try {
            return InetAddress.ofLiteral(name).isLoopbackAddress();
        } catch (IllegalArgumentException noAddress) {
            return false;
        }
    }
}
