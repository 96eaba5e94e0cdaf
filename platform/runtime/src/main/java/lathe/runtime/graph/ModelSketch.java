package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.util.List;

import lathe.spi.model.ModelInfo;
import lathe.spi.model.Site;

/**
 * What is known of a model before its weights are read.
 *
 * @param info   sizes and abilities
 * @param sites  its linears
 * @param bytes  of all its weights as they are stored
 */
public record ModelSketch(ModelInfo info, List<Site> sites, long bytes) {
    /** Copies the list. */
    public ModelSketch {
        requireNonNull(info, "info is null");
        sites = List.copyOf(sites);
    }

    /**
     * Numbers of the linears inside blocks.
     *
     * @return their parameters
     */
    public long blockParameters() {
        return sites.stream().filter(site -> site.block() >= 0).mapToLong(ModelSketch::elements).sum();
    }

    /**
     * Numbers of all linears that a token is multiplied with, the head included.
     *
     * @return parameters
     */
    public long computedParameters() {
        return blockParameters() + (long) info.hidden() * info.vocabulary();
    }

    static long elements(Site site) {
        return (long) site.outFeatures() * site.inFeatures();
    }
}
