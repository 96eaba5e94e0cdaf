package lathe.testkit.reference;

import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.RandomStreams;

/**
 * Random numbers for tests: always the same for the same seed, purpose and index, on every machine.
 *
 * @param seed any number
 */
public record FixedRandom(long seed) implements RandomStreams {
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    @Override
    public RandomStream stream(String purpose, long index) {
        long key = mix(seed ^ mix(purpose.hashCode()) ^ mix(index * GOLDEN_RATIO));
        return new Stream(key);
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }

    private record Stream(long key) implements RandomStream {
        @Override
        public long bits(long counter) {
            return mix(key + (counter + 1) * GOLDEN_RATIO);
        }

        @Override
        public double normal(long counter) {
            double radius = Math.sqrt(-2 * Math.log(1 - uniform(2 * counter)));
            return radius * Math.cos(2 * Math.PI * uniform(2 * counter + 1));
        }

        @Override
        public int below(long counter, int bound) {
            return (int) (uniform(counter) * bound);
        }
    }
}
