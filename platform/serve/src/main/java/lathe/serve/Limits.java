package lathe.serve;

import lathe.spi.LatheException;

/**
 * What a server accepts.
 *
 * @param concurrent continuations that are computed together
 * @param waiting    continuations that may wait for their turn; requests beyond them are told to come again
 * @param choices    continuations of one request
 * @param bodyBytes  bytes of a request's body
 */
public record Limits(int concurrent, int waiting, int choices, int bodyBytes) {
    /** Eight at once, 256 waiting, 128 a request, 4 MiB. */
    public static final Limits USUAL = new Limits(8, 256, 128, 4 << 20);

    /** Checks that all are positive. */
    public Limits {
        require("continuations that are computed together", concurrent);
        require("continuations that may wait", waiting);
        require("continuations of one request", choices);
        require("bytes of a request's body", bodyBytes);
    }

    private static void require(String what, int number) {
        if (number < 1) {
            throw new LatheException("The number of " + what + " is " + number + "; it must be 1 or more.");
        }
    }
}
