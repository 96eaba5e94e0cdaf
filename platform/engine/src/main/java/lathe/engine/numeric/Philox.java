package lathe.engine.numeric;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

import lathe.spi.numeric.RandomStream;

/**
 * A stream of Philox 4x32-10 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011). The block cipher's key
 * and a third of its counter are the first 96 bits of SHA-256 over the stream's name; the value's counter takes 64 bits,
 * the number of the attempt (for draws that may have to be repeated) the last 32.
 */
final class Philox implements RandomStream {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final long LOW = 0xffffffffL;

    private final int key0;
    private final int key1;
    private final int nonce;

    Philox(int key0, int key1, int nonce) {
        this.key0 = key0;
        this.key1 = key1;
        this.nonce = nonce;
    }

    /** The stream of a name: lengths stand before texts, so that no two names are written alike. */
    static Philox named(long seed, String node, String purpose, long index) {
        byte[] first = node.getBytes(StandardCharsets.UTF_8);
        byte[] second = purpose.getBytes(StandardCharsets.UTF_8);
        ByteBuffer name = ByteBuffer.allocate(24 + first.length + second.length);
        name.putLong(seed).putInt(first.length).put(first).putInt(second.length).put(second).putLong(index);
        try {
            ByteBuffer digest = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(name.array()));
            return new Philox(digest.getInt(), digest.getInt(), digest.getInt());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }

    /** One half of the 128 bits of a block: words 0 and 1, or words 2 and 3, the first word in the upper half. */
    long half(int c0, int c1, int c2, int c3, boolean second) {
        int k0 = key0;
        int k1 = key1;
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = MULTIPLIER_0 * (c0 & LOW);
            long p1 = MULTIPLIER_1 * (c2 & LOW);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        return second ? (long) c2 << 32 | c3 & LOW : (long) c0 << 32 | c1 & LOW;
    }

    private long half(long counter, int attempt, boolean second) {
        return half((int) counter, (int) (counter >>> 32), nonce, attempt, second);
    }

    @Override
    public long bits(long counter) {
        return half(counter, 0, false);
    }

    /** Box and Muller's transform of the two halves of one block; the first one is taken from (0, 1]. */
    @Override
    public double normal(long counter) {
        double first = ((half(counter, 0, false) >>> 11) + 1) * 0x1.0p-53;
        double second = (half(counter, 0, true) >>> 11) * 0x1.0p-53;
        return Math.sqrt(-2 * StrictMath.log(first)) * StrictMath.cos(2 * Math.PI * second);
    }

    /** Lemire's multiplication (arXiv 1805.10941): the few values that would favour some results are drawn again. */
    @Override
    public int below(long counter, int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("below: the bound is " + bound + ", but should be at least 1.");
        }
        long unfair = Long.remainderUnsigned(-bound, bound);
        for (int attempt = 0;; attempt++) {
            long bits = half(counter, attempt, false);
            if (Long.compareUnsigned(bits * bound, unfair) >= 0) {
                return (int) Math.unsignedMultiplyHigh(bits, bound);
            }
        }
    }
}
