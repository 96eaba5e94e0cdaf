package lathe.hashrouter;

import java.nio.file.Path;
import java.util.Optional;

import lathe.spi.Default;

/**
 * Parameters of hash routing.
 *
 * @param assignment  how a token id becomes an expert: random (drawn once from the experiment's seed, other experts in
 *                    every block), modulo (id modulo experts), balanced (frequent ids spread so that experts see equally
 *                    many tokens)
 * @param frequencies for balanced: a text file with how often each token id occurs in the training text, one whole number
 *                    a line, the first line for id 0
 */
public record HashConfig(@Default("random") Assignment assignment, Optional<Path> frequencies) {
    /** How a token id becomes an expert. */
    public enum Assignment {
        /** Drawn once. */
        RANDOM,
        /** Id modulo experts. */
        MODULO,
        /** By frequency. */
        BALANCED
    }
}
