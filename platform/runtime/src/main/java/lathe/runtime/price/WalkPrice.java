package lathe.runtime.price;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import lathe.runtime.graph.ModelSketch;
import lathe.runtime.graph.Settings;
import lathe.runtime.graph.SitePatterns;
import lathe.spi.model.Site;
import lathe.spi.statistics.Requirements;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.weight.BlockMethod;
import lathe.spi.weight.WeightMethod;

/**
 * The price of a walk over the blocks of a model: numbers of the weights at work, statistics of one group of linears, the
 * activations of calibration, the new weights of one block (of all blocks if nothing is stored).
 */
final class WalkPrice {
    /** The Java heap and the code of a process that computes. */
    private static final long BASE = 256L << 20;
    private static final int COPIES = 4;
    /** What inverting one Hessian takes: the scaled one, float64 to factor in, the factor. */
    private static final int SOLVE_COPIES = 4;
    private static final int AT_WORK = 2;

    private final ModelSketch model;
    private final Settings.Compress settings;
    private final Object method;
    private final MachineRate rate;
    private final int threads;
    private final boolean stored;
    private final List<Site> targets;
    private final Requirements needs;

    /**
     * @param method  the weight method or carver
     * @param threads weights that are worked on at a time
     * @param stored  whether finished blocks go to a store
     */
    WalkPrice(ModelSketch model, Settings.Compress settings, Object method, MachineRate rate, int threads,
            boolean stored) {
        this.model = model;
        this.settings = settings;
        this.method = method;
        this.rate = rate;
        this.threads = threads;
        this.stored = stored;
        SitePatterns patterns = new SitePatterns(settings.targets(), settings.ignore());
        this.targets = model.sites().stream().filter(patterns::matches).toList();
        this.needs = method instanceof WeightMethod weights ? weights.requirements() : Requirements.none();
    }

    Price price() {
        long changed = targets.stream().mapToLong(WalkPrice::elements).sum();
        double before = 8.0 * model.bytes() / Math.max(1, model.computedParameters());
        long result = (long) (changed * new Keys(settings.method()).bits(before) / 8);
        int blocks = Math.max(1, model.info().blocks());
        long kept = stored ? result / blocks : result;
        long largest = targets.stream().mapToLong(WalkPrice::elements).max().orElse(0);
        long copies = COPIES * Float.BYTES * largest * Math.min(threads, AT_WORK);
        return new Price(BASE + kept + copies + statistics() + activations(), model.bytes() - changed * bytesEach()
                + result, seconds(changed));
    }

    private long bytesEach() {
        return Math.max(1, Math.round((double) model.bytes() / Math.max(1, model.computedParameters())));
    }

    private static long elements(Site site) {
        return (long) site.outFeatures() * site.inFeatures();
    }

    private long tokens() {
        return settings.calibration().map(text -> (long) text.sequences() * text.length()).orElse(0L);
    }

    private long statistics() {
        Set<StatisticKey> keys = needs.keys();
        List<Site> inputs = inputs();
        long bytes = 0;
        if (keys.contains(StatisticKey.GRAM)) {
            long all = inputs.stream().mapToLong(site -> Float.BYTES * square(site)).sum();
            long widest = inputs.stream().mapToLong(site -> Float.BYTES * square(site)).max().orElse(0);
            bytes += (needs.sequential() ? widest : all) + solving();
        }
        if (keys.contains(StatisticKey.INPUTS) || method instanceof BlockMethod) {
            bytes += 2 * Float.BYTES * tokens() * inputs.stream().mapToLong(Site::inFeatures).sum();
        }
        return bytes;
    }

    /** Linears of a block are worked on at the same time; the widest together take most. */
    private long solving() {
        int block = targets.stream().mapToInt(Site::block).filter(index -> index >= 0).min().orElse(-1);
        return SOLVE_COPIES * targets.stream().filter(site -> site.block() == block)
                .map(site -> Float.BYTES * square(site)).sorted(Comparator.reverseOrder())
                .limit(Math.min(threads, AT_WORK)).mapToLong(Long::longValue).sum();
    }

    private static long square(Site site) {
        return (long) site.inFeatures() * site.inFeatures();
    }

    /** The linears of one block that do not share their input. */
    private List<Site> inputs() {
        Optional<Integer> block = targets.stream().map(Site::block).filter(index -> index >= 0)
                .min(Comparator.naturalOrder());
        return targets.stream()
                .filter(site -> block.isPresent() && site.block() == block.get()
                        && site.role().inputGroup() == site.role())
                .toList();
    }

    private long activations() {
        if (settings.calibration().isEmpty()) {
            return 0;
        }
        Settings.Calibration text = settings.calibration().get();
        long states = Math.min(text.memory(), Float.BYTES * tokens() * model.info().hidden());
        long widest = model.sites().stream().mapToLong(Site::outFeatures)
                .filter(out -> out < model.info().vocabulary()).max().orElse(0);
        return states + (long) text.length() * Float.BYTES * (6L * model.info().hidden() + 3 * widest);
    }

    private double seconds(long changed) {
        boolean calibrated = tokens() > 0 && !needs.isEmpty() || !(method instanceof WeightMethod);
        double passes = calibrated ? needs.sequential() ? 5 : 2 : 0;
        double seconds = 2.0 * model.blockParameters() * tokens() * passes / rate.multiplications();
        seconds += changed / rate.elements();
        if (needs.keys().contains(StatisticKey.GRAM)) {
            for (Site site : targets) {
                double solve = square(site) * (2.0 * site.outFeatures() + site.inFeatures() / 3.0);
                seconds += (2.0 * tokens() * square(site) + 3 * solve) / rate.multiplications();
            }
        }
        return seconds + model.bytes() / rate.diskBytes();
    }
}
