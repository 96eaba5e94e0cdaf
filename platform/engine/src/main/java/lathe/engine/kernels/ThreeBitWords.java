package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Codes of three bits brought into words: the eight codes of three bytes into the lower three bytes of a word each, a
 * vector of words at a time, by two permutations and two shifts.
 */
final class ThreeBitWords {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** Bytes of the codes of a vector of words. */
    private static final int STEP = 3 * N;
    /** Words that a load reads beyond a step; the last step is read from so many words before it. */
    private static final int BEYOND = N / 4;
    /** Where the lower and the upper part of each lane's codes lie, and how far they are shifted. */
    private static final int[] LOWER = new int[N];
    private static final int[] UPPER = new int[N];
    private static final int[] DOWN = new int[N];
    private static final int[] UP = new int[N];

    static {
        for (int lane = 0; lane < N; lane++) {
            int bit = 24 * lane;
            LOWER[lane] = bit / 32;
            // Where one word has all, it is taken twice: what the shift up leaves then lies above the codes, or is the same.
            UPPER[lane] = (bit + 23) / 32;
            DOWN[lane] = bit % 32;
            UP[lane] = (32 - bit % 32) % 32;
        }
    }

    private ThreeBitWords() {}

    /** Of each lane: the word with the lower part of its codes. */
    static IntVector lower() {
        return IntVector.fromArray(I, LOWER, 0);
    }

    /** The word with the upper part. */
    static IntVector upper() {
        return IntVector.fromArray(I, UPPER, 0);
    }

    /** By how many bits the lower part is shifted down. */
    static IntVector down() {
        return IntVector.fromArray(I, DOWN, 0);
    }

    /** By how many bits the upper part is shifted up. */
    static IntVector up() {
        return IntVector.fromArray(I, UP, 0);
    }

    /**
     * Brings codes into words.
     *
     * @param codes address of packed codes
     * @param steps vectors of words, of {@code 8 N} codes each; nothing beyond them is read
     * @param to    receives the words
     */
    static void spread(long codes, int steps, long to) {
        if (steps == 0) {
            return;
        }
        loop(codes, steps - 1, 0, to);
        if (steps == 1) {
            lastAlone(codes, to);
        } else {
            loop(codes + (long) STEP * (steps - 1) - 4L * BEYOND, 1, BEYOND, to + (long) BYTES * (steps - 1));
        }
    }

    /** A step before which nothing may be read either. */
    private static void lastAlone(long codes, long to) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long copy = frame.bytes(BYTES);
            Memory.copy(codes, copy, STEP);
            loop(copy, 1, 0, to);
        }
    }

    private static void loop(long codes, int steps, int first, long to) {
        long base = Memory.known(codes);
        long target = Memory.known(to);
        IntVector lower = lower().add(first);
        IntVector upper = upper().add(first);
        IntVector down = down();
        IntVector up = up();
        for (int step = 0; step < steps; step++) {
            IntVector words = IntVector.fromMemorySegment(I, ALL, base + (long) STEP * step, ORDER);
            lower.selectFrom(words)
                    .lanewise(VectorOperators.LSHR, down)
                    .or(upper.selectFrom(words).lanewise(VectorOperators.LSHL, up))
                    .intoMemorySegment(ALL, target + (long) BYTES * step, ORDER);
        }
    }
}
