package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import lathe.spi.LatheException;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.router.Router;

/**
 * What one forward pass computes: the tokens of one or several sequences, one after the other in the rows of every
 * activation.
 *
 * @param segments at least one, each of another sequence
 * @param router   who chooses experts instead of the model's own gate
 * @param random   random numbers of this pass
 * @param listener who looks on
 */
public record Pass(List<Segment> segments, Optional<Router> router, RandomStreams random,
        ForwardListener listener) {
    private static final RandomStreams NO_RANDOM = (purpose, index) -> {
        throw new LatheException("A method asked for random numbers (" + purpose
                + ") in a pass that was started without a seed.");
    };

    /** Checks the parts. */
    public Pass {
        segments = List.copyOf(segments);
        requireNonNull(router, "router is null");
        requireNonNull(random, "random is null");
        requireNonNull(listener, "listener is null");
        if (segments.isEmpty()) {
            throw new IllegalArgumentException("A pass needs at least one token.");
        }
    }

    /**
     * A pass over sequences that nobody looks at.
     *
     * @param segments one a sequence
     * @return the pass
     */
    public static Pass of(List<Segment> segments) {
        return new Pass(segments, Optional.empty(), NO_RANDOM, ForwardListener.NONE);
    }

    /**
     * A pass over one sequence without a cache.
     *
     * @param tokens ids from position 0 on
     * @return the pass
     */
    public static Pass whole(int... tokens) {
        return of(List.of(Segment.whole(tokens)));
    }

    /**
     * The same pass with somebody looking on.
     *
     * @param observer who
     * @return a copy
     */
    public Pass withListener(ForwardListener observer) {
        return new Pass(segments, router, random, observer);
    }

    /**
     * The same pass with another router.
     *
     * @param chooser who chooses experts
     * @return a copy
     */
    public Pass withRouter(Router chooser) {
        return new Pass(segments, Optional.of(chooser), random, listener);
    }

    /**
     * The same pass with random numbers.
     *
     * @param streams for routers that draw
     * @return a copy
     */
    public Pass withRandom(RandomStreams streams) {
        return new Pass(segments, router, streams, listener);
    }

    /**
     * Tokens of all sequences.
     *
     * @return rows of the activations
     */
    public int rows() {
        return segments.stream().mapToInt(Segment::rows).sum();
    }

    int[] tokens() {
        return joined(segments.stream().map(Segment::tokens));
    }

    int[] positions() {
        return joined(segments.stream().map(Segment::positions));
    }

    int[] lengths() {
        return segments.stream().mapToInt(Segment::rows).toArray();
    }

    private static int[] joined(Stream<int[]> arrays) {
        return arrays.flatMapToInt(Arrays::stream).toArray();
    }
}
