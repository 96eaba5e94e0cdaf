package lathe.runtime.price;

/**
 * What a piece of work is expected to take. Weights that are mapped from files are not counted as memory: the system gives
 * their pages back when others need them.
 *
 * @param memory  most bytes at one time, beside mapped files
 * @param disk    bytes that it leaves in the store or elsewhere
 * @param seconds time, if it has the machine for itself
 */
public record Price(long memory, long disk, double seconds) {
    /** Nothing worth telling. */
    public static final Price NOTHING = new Price(0, 0, 0);
}
