package lathe.models.cache;

import java.util.function.Supplier;

import lathe.spi.numeric.RandomStream;

/** A part of a stream that no other step draws from. The stream is asked for when something is drawn. */
record StepRandom(Supplier<RandomStream> stream, int step) implements RandomStream {
    /** Draws that a step may make. */
    private static final long DRAWS = 1L << 32;

    @Override
    public long bits(long counter) {
        return stream.get().bits(at(counter));
    }

    @Override
    public double normal(long counter) {
        return stream.get().normal(at(counter));
    }

    @Override
    public int below(long counter, int bound) {
        return stream.get().below(at(counter), bound);
    }

    private long at(long counter) {
        return step * DRAWS + counter;
    }
}
