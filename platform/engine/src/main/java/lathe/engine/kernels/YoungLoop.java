package lathe.engine.kernels;

/**
 * Tells a loop in lanes whether its process is still young: until the compiler knows it, an operation in lanes takes a
 * thousand times as long as afterwards, and its compilation the time of the loops that are needed now. So the first numbers
 * are computed by a twin in {@link OneByOne}, to the same bits; a short command ends before the lanes are needed.
 */
public final class YoungLoop {
    /** Some tens of tokens of a small model, which take the twins some tens of milliseconds. */
    private static final int MANY = 1 << 21;

    /** Threads may see both late and lose counts of each other, which costs a moment and changes no result. */
    private boolean grown;
    private int computed;

    /**
     * Asks, and counts what is computed next.
     *
     * @param count how many numbers
     * @return whether the twin computes them
     */
    public boolean isYoung(int count) {
        return !grown && count(count);
    }

    private boolean count(int count) {
        computed += count;
        grown = computed >= MANY || computed < 0;
        return !grown;
    }
}
