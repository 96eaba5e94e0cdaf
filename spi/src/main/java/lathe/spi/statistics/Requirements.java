package lathe.spi.statistics;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a weight method needs to know before it can decide.
 *
 * @param keys       statistics of every site's input
 * @param prefix     through which weights the activations come
 * @param sequential whether the linears of a block are done in groups (q, k, v; o; gate, up; down), each seeing the
 *                   groups before it compressed
 */
public record Requirements(Set<StatisticKey> keys, Prefix prefix, boolean sequential) {
    /** Copies the keys. */
    public Requirements {
        keys = Set.copyOf(keys);
        requireNonNull(prefix, "prefix is null");
    }

    /**
     * Nothing: weights alone decide, no calibration runs.
     *
     * @return no requirements
     */
    public static Requirements none() {
        return new Requirements(Set.of(), Prefix.COMPRESSED, false);
    }

    /**
     * Statistics taken through the compressed prefix.
     *
     * @param keys what is needed
     * @return the requirements
     */
    public static Requirements of(StatisticKey... keys) {
        return new Requirements(new LinkedHashSet<>(List.of(keys)), Prefix.COMPRESSED, false);
    }

    /**
     * The same statistics through the dense model.
     *
     * @return a copy
     */
    public Requirements densePrefix() {
        return new Requirements(keys, Prefix.DENSE, sequential);
    }

    /**
     * The same statistics with groups inside a block seeing each other compressed ("true sequential").
     *
     * @param inGroups whether to
     * @return a copy
     */
    public Requirements sequential(boolean inGroups) {
        return new Requirements(keys, prefix, inGroups);
    }

    /**
     * Whether no calibration data is needed.
     *
     * @return true if there are no keys
     */
    public boolean isEmpty() {
        return keys.isEmpty();
    }
}
