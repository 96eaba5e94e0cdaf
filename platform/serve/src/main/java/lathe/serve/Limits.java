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
        if (concurrent < 1 || waiting < 1 || choices < 1 || bodyBytes < 1) {
            throw new LatheException("Limits of a server are 1 or more: concurrent " + concurrent + ", waiting "
                    + waiting + ", of one request " + choices + ", bytes " + bodyBytes + ".");
        }
    }
}
