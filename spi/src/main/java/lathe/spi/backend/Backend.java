package lathe.spi.backend;

import java.util.Optional;

import lathe.spi.numeric.Parallel;

/** A kind of processor. Making the object must not load native libraries; {@link #unavailable()} looks first. */
public interface Backend {
    /**
     * Why the backend cannot be used here.
     *
     * @return a sentence, empty if it can be used
     */
    Optional<String> unavailable();

    /**
     * What would be used: the processor and the libraries, in words.
     *
     * @return one line for {@code lathe backends} and the lineage
     */
    String description();

    /**
     * What the backend computes and what it leaves to the CPU. Said without opening it or loading anything, so that it can
     * be listed where the processor is missing.
     *
     * @return everything, unless a backend says otherwise
     */
    default Coverage coverage() {
        return Coverage.EVERYTHING;
    }

    /**
     * Opens the backend.
     *
     * @param parallel the platform's worker pool
     * @return kernels
     */
    Compute open(Parallel parallel);
}
