package lathe.mcmoe;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.Services;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.ModelView;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.statistics.Requirements;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Allocation;
import lathe.spi.weight.ErrorFeedback;
import lathe.spi.weight.InverseFactor;
import lathe.spi.weight.ModelStatistics;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.WeightScene;

/**
 * PMQ of the Mixture Compressor (arXiv 2410.06270; authors' code: Aaronhuang-778/MC-MoE, precision_solver.py, gptq.py and
 * utils/quantizer_moe.py). Experts get bits by their significance, then every weight is rounded as in GPTQ, with a zero point
 * that is any number and, up to three bits, no correction inside a group.
 *
 * <p>The exponent of the error is the paper's (2; the released solver takes it once, {@code gamma = 1}). A block's budget
 * counts whole bits. What the rounding of an expert changes is taken from the tokens that go to it, their weights normalised
 * over the chosen experts as in Mixtral, all calibration tokens together. The router stays as it is, where the released code
 * rounds it to {@code attnBits}, too: quantizers are not given routers. A group of zeros gets a grid that has them, unless
 * {@code parity} is set. One bit has a stored zero point too, so that it takes 1.25 bits in groups of 128.
 */
final class McMoeQuantizer implements Quantizer {
    /** Inputs of the gates of experts, which are those of the experts; nothing elsewhere. */
    private static final StatisticKey EXPERT_INPUTS = new StatisticKey("expert-inputs",
            (site, scope) -> site.role() == Role.GATE && site.expert() >= 0
                    ? StatisticKey.INPUTS.accumulator().apply(site, scope)
                    : new NoInputs(scope));

    private final McMoeConfig config;
    private final Services services;

    McMoeQuantizer(McMoeConfig config, Services services) {
        this.config = config;
        this.services = services;
    }

    @Override
    public Requirements requirements() {
        return allocates() && bySignificance()
                ? Requirements.of(StatisticKey.GRAM, EXPERT_INPUTS)
                : Requirements.of(StatisticKey.GRAM);
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        if (!allocates()) {
            return Optional.empty();
        }
        if (!model.isMixtureOfExperts()) {
            return Optional.of(Refusal.because("MC-MoE shares bits among experts and " + model.name()
                    + " has none; with bits = 3, say, it gives every weight the same."));
        }
        return misfit(model.experts()).map(Refusal::because);
    }

    private Optional<String> misfit(int experts) {
        OptionalInt least = BitAllocation.least(experts, config.bitSet());
        if (least.isEmpty()) {
            return Optional.of("Of bits " + config.bitSet() + " one expert gets two and one three, but there are only "
                    + experts + " experts; with bits = 3, say, all get the same.");
        }
        return budget(experts) >= least.getAsInt()
                ? Optional.empty()
                : Optional.of("A budget of " + config.budget() + " bits an expert is " + budget(experts) + " for "
                        + experts + " experts, but with bits of " + config.bitSet() + " they need " + least.getAsInt()
                        + "; a budget of "
                        + BigDecimal.valueOf((double) least.getAsInt() / experts).setScale(3, RoundingMode.CEILING)
                                .stripTrailingZeros().toPlainString()
                        + " would suffice.");
    }

    private int budget(int experts) {
        return (int) Math.floor(config.budget() * experts + 1e-9);
    }

    @Override
    public boolean allocates() {
        return config.bits().isEmpty();
    }

    @Override
    public Allocation allocate(ModelView model, ModelStatistics statistics) {
        Map<Integer, Map<Integer, Site>> gates = new TreeMap<>();
        Map<Site, Double> shares = new HashMap<>();
        for (Site site : model.sites()) {
            if (site.expert() < 0) {
                shares.put(site, (double) config.attnBits());
            } else if (site.role() == Role.GATE) {
                gates.computeIfAbsent(site.block(), block -> new TreeMap<>()).put(site.expert(), site);
            }
        }
        Map<Integer, int[]> bits = new HashMap<>();
        gates.forEach((block, sites) -> bits.put(block, allocate(model, statistics, block, sites)));
        for (Site site : model.sites()) {
            if (site.expert() >= 0 && bits.containsKey(site.block())) {
                shares.put(site, (double) bits.get(site.block())[site.expert()]);
            }
        }
        return new Allocation(shares);
    }

    private int[] allocate(ModelView model, ModelStatistics statistics, int block, Map<Integer, Site> gates) {
        int experts = model.info().experts();
        misfit(experts).ifPresent(reason -> {
            throw new LatheException(reason);
        });
        double[][] costs = bySignificance()
                ? costs(model, statistics, block, gates)
                : BitAllocation.randomCosts(experts, config.bitSet(), services.random().stream("bits", block));
        return BitAllocation.solve(costs, config.bitSet(), budget(experts)).orElseThrow().bits();
    }

    private boolean bySignificance() {
        return config.allocation() == McMoeConfig.BitShares.SIGNIFICANCE;
    }

    private double[][] costs(ModelView model, ModelStatistics statistics, int block, Map<Integer, Site> gates) {
        int experts = model.info().experts();
        Significance significance = new Significance(config, experts, model.info().expertsPerToken());
        for (Site gate : gates.values()) {
            try (Scope scope = services.openScope()) {
                Tensor inputs = statistics.of(gate).get(EXPERT_INPUTS).in(scope);
                Site router = new Site(block, Role.ROUTER, Site.NO_EXPERT, experts, gate.inFeatures());
                significance.take(gate.expert(), inputs, numbers(model, router, scope), new RoundedExpert(
                        numbers(model, gate, scope),
                        numbers(model, sibling(gate, Role.UP), scope),
                        numbers(model, sibling(gate, Role.DOWN), scope)), scope);
            }
        }
        return BitAllocation.costs(config, significance.counts(), significance.weights(), significance.errors());
    }

    private static Site sibling(Site gate, Role role) {
        return role == Role.DOWN
                ? new Site(gate.block(), role, gate.expert(), gate.inFeatures(), gate.outFeatures())
                : new Site(gate.block(), role, gate.expert(), gate.outFeatures(), gate.inFeatures());
    }

    private static Tensor numbers(ModelView model, Site site, Scope scope) {
        return model.weight(site, scope).to(DataType.F32);
    }

    @Override
    public LinearOperator quantize(WeightScene scene) {
        Scope scope = scene.scope();
        if (!Double.isFinite(scene.weight().maxAbs())) {
            throw new IllegalArgumentException(
                    "The weight " + scene.site().name() + " holds NaN or infinity: no grid holds it.");
        }
        int bits = config.bits().orElseGet(() -> Double.isNaN(scene.share())
                ? config.attnBits()
                : (int) Math.round(scene.share()));
        Tensor hessian = scene.statistics().get(StatisticKey.GRAM).in(scope)
                .multiply(2.0 / scene.statistics().sequences());
        InverseFactor factor = InverseFactor.of(hessian, config.percdamp(), services.linearAlgebra(), scope);
        Tensor working = scene.weight().copy();
        factor.clearDeadColumns(working);
        int group = config.groupOf(working.size(1));
        McMoeRounding rounding = new McMoeRounding(config, bits, group, scene.kept(), working);
        double squares = new ErrorFeedback(factor.upper(), group, services.parallel()).run(working, rounding);
        scene.note("error", squares / 2);
        scene.note("bits", bits);
        return GroupQuantized.pack(rounding.codes(), bits, group, rounding.scales(), Optional.empty(), scope)
                .withZeros(new ZeroPoints.Real(rounding.zeros()));
    }
}
