package lathe.rsq;

import static lathe.spi.statistics.StatisticKey.GRAM;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.Services;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.ModelView;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Rotation;
import lathe.spi.statistics.Requirements;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ErrorFeedback;
import lathe.spi.weight.InverseFactor;
import lathe.spi.weight.ModelEdit;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.TokenWeighting;
import lathe.spi.weight.WeightScene;

/**
 * RSQ (arXiv 2503.01820; authors' code: ylsung/rsq, fake_quant/). Rotates the model, weights the tokens of the calibration
 * text by importance, and rounds with GPTQ on one symmetric grid a row.
 *
 * <p>Differences from the authors' code: embeddings keep their mean, without which a model with RMS norms is another; for
 * widths that are no power of two the Hadamard matrix is that of the largest power of two that divides them, block by
 * block; a Hessian without Cholesky factor raises the damping tenfold. Activations and caches are not quantised.
 */
final class RsqQuantizer implements Quantizer, TokenWeighting {
    private static final List<String> NOT_ROTATABLE = List.of("experts", "latent-attention", "layer-norm",
            "norm-offset", "pruned-weights",
            "post-norm", "parallel-residual", "learned-positions", "clipped-projections");

    private final RsqConfig config;
    private final Services services;
    private List<LayerInfo> layers = List.of();

    RsqQuantizer(RsqConfig config, Services services) {
        this.config = config;
        this.services = services;
    }

    @Override
    public Requirements requirements() {
        return Requirements.of(GRAM).sequential(true);
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        Optional<String> hindrance = NOT_ROTATABLE.stream().filter(model.features()::contains).findFirst();
        return config.rotates() && hindrance.isPresent()
                ? Optional.of(Refusal.because("rsq cannot rotate the residual stream of a model with "
                        + hindrance.get() + " without changing what it computes: rotateMode = none goes with it."))
                : Optional.empty();
    }

    @Override
    public Optional<Refusal> refusesText(int sequences, int length) {
        return config.strategy() == RsqConfig.Strategy.CHUNK && config.chunks() > length
                ? Optional.of(Refusal.because("a sequence of " + length + " tokens has no " + config.chunks()
                        + " chunks: chunks = " + length + " or fewer would be right."))
                : Optional.empty();
    }

    /** Step 9: every sequence rolled by T/M * k tokens, k = 0 to M-1. */
    @Override
    public List<int[]> calibration(List<int[]> sequences) {
        int copies = config.expandFactor();
        if (copies == 1) {
            return sequences;
        }
        List<int[]> expanded = new ArrayList<>();
        for (int[] sequence : sequences) {
            for (int k = 0; k < copies; k++) {
                int shift = (int) ((long) sequence.length * k / copies);
                int[] rolled = new int[sequence.length];
                for (int i = 0; i < rolled.length; i++) {
                    rolled[(i + shift) % rolled.length] = sequence[i];
                }
                expanded.add(rolled);
            }
        }
        return expanded;
    }

    @Override
    public ModelEdit prepare(ModelView model, Scope scope) {
        layers = model.info().layers();
        return config.rotates() ? ModelRotation.of(model, config, services, scope) : ModelEdit.none();
    }

    @Override
    public boolean weighs(Role role) {
        return config.applyModule().isEmpty() || config.applyModule().contains(role.label());
    }

    @Override
    public Tensor importance(TokenScene scene) {
        double[] raw = switch (config.strategy()) {
            case ATTNCON -> Importance.attention(scene.attention().orElseThrow(() -> new LatheException(
                    "rsq weighs tokens by the attention they receive, and this model's attention does not tell: "
                            + "strategy = actnorm goes with it.")));
            case ACTNORM -> Importance.norm(scene.input());
            case ACTDIFF -> Importance.change(scene.input(), scene.output());
            case TOKENFREQ -> Importance.rarity(counts(scene));
            case TOKENSIM -> Importance.distance(scene.input());
            case CHUNK -> chunks(scene.tokens().length);
        };
        double[] scaled = config.strategy() == RsqConfig.Strategy.CHUNK
                ? raw
                : Importance.inRange(raw, config.rMin(), config.rMax());
        return scene.scope().of(Importance.floats(scaled), scaled.length);
    }

    private double[] chunks(int tokens) {
        Optional<Refusal> refusal = refusesText(1, tokens);
        if (refusal.isPresent()) {
            throw new LatheException("rsq cannot weigh tokens: " + refusal.get().reason());
        }
        return Importance.chunks(tokens, config.chunks(), config.chosenChunks());
    }

    private static double[] counts(TokenScene scene) {
        double[] counts = new double[scene.tokens().length];
        for (int j = 0; j < counts.length; j++) {
            counts[j] = scene.count(scene.tokens()[j]);
        }
        return counts;
    }

    @Override
    public LinearOperator quantize(WeightScene scene) {
        Scope scope = scene.scope();
        Tensor weight = scene.weight().copy();
        if (!Double.isFinite(weight.maxAbs())) {
            throw new IllegalArgumentException(
                    "The weight " + scene.site().name() + " holds NaN or infinity: no grid holds it.");
        }
        Optional<Rotation.Hadamard> rotation = rotation(scene.site());
        rotation.ifPresent(turned -> turn(turned).rows(weight));
        Tensor hessian = hessian(scene, rotation);
        scene.note("hessian", hessian);
        InverseFactor factor = InverseFactor.of(hessian, config.percdamp(), services.linearAlgebra(), scope);
        factor.clearDeadColumns(weight);
        RowRounding rounding = new RowRounding(config, weight, scene.kept());
        double squares = new ErrorFeedback(factor.upper(), config.blocksize(), services.parallel())
                .run(weight, rounding);
        scene.note("loss", squares / 2);
        GroupQuantized codes = GroupQuantized.pack(rounding.codes(), config.bits(), -1,
                rounding.scales(config.scaleType()), Optional.empty(), scope);
        return rotation.isPresent() ? new Rotated(rotation.get(), codes) : codes;
    }

    /** 2/N sum of x x^T over the weighted inputs as they reach the codes. */
    Tensor hessian(WeightScene scene, Optional<Rotation.Hadamard> rotation) {
        Tensor hessian = scene.statistics().get(GRAM).in(scene.scope())
                .multiply(2.0 / scene.statistics().sequences());
        if (rotation.isEmpty()) {
            return hessian;
        }
        turn(rotation.get()).rows(hessian);
        return turn(rotation.get()).columns(hessian);
    }

    static Turn turn(Rotation.Hadamard rotation) {
        return Turn.hadamard(rotation.block(), rotation.stride());
    }

    /** What is done to the inputs of o (across heads; inside heads it is in the values) and down while the model runs. */
    Optional<Rotation.Hadamard> rotation(Site site) {
        if (!config.rotates() || site.block() < 0 || site.block() >= layers.size()) {
            return Optional.empty();
        }
        int in = site.inFeatures();
        return switch (site.role()) {
            case OUTPUT -> Optional.of(acrossHeads(in, layers.get(site.block()).valueDim()));
            case DOWN -> Optional.of(new Rotation.Hadamard(in, Turn.powerOfTwo(in)));
            default -> Optional.empty();
        };
    }

    private static Rotation.Hadamard acrossHeads(int in, int width) {
        return new Rotation.Hadamard(in, Turn.powerOfTwo(in / width), width);
    }
}
