package lathe.awq;

import static lathe.spi.statistics.StatisticKey.INPUTS;
import static lathe.spi.statistics.StatisticKey.INPUT_MAGNITUDES;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import lathe.awq.ScaleSearch.Found;
import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.Services;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.statistics.Requirements;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.BlockMethod;
import lathe.spi.weight.BlockScene;
import lathe.spi.weight.BlockScene.Part;

/**
 * AWQ (arXiv 2306.00978; authors' code: mit-han-lab/llm-awq, auto_scale.py, auto_clip.py). Inputs with large activations
 * are scaled up before rounding and divided out of the operation before them: the norms for q, k, v and for gate, up; the
 * rows of v for o (not with shared key/value heads) and of up for down. Then groups are clipped, q and k excepted.
 *
 * <p>Activations come through the dense model. Differences from the authors' code: fewer calibration tokens than the sample
 * asks for are all used, where theirs stops with an error.
 */
final class AwqQuantizer implements BlockMethod {
    private final AwqConfig config;
    private final Rounding rounding;
    private final ScaleSearch scaleSearch;
    private final ClipSearch clipSearch;

    AwqQuantizer(AwqConfig config, Services services) {
        this.config = config;
        this.rounding = new Rounding(config);
        this.scaleSearch = new ScaleSearch(config);
        this.clipSearch = new ClipSearch(config, rounding, services.parallel());
    }

    @Override
    public Requirements requirements() {
        return Requirements.of(INPUT_MAGNITUDES, INPUTS).densePrefix();
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        boolean plain = !model.isMixtureOfExperts() && model.family().matches("llama|mistral|qwen2|qwen3");
        return plain
                ? Optional.empty()
                : Optional.of(Refusal
                        .because("AWQ divides scales out of the norm before q, k, v and before gate, up, which is "
                                + "known to work for Llama, Mistral and Qwen blocks with one dense network; "
                                + model.name() + " is a "
                                + model.family() + "."));
    }

    @Override
    public BlockEdit edit(BlockScene scene) {
        Map<Role, Site> sites = new EnumMap<>(Role.class);
        scene.sites().forEach(site -> sites.put(site.role(), site));
        if (!sites.keySet()
                .containsAll(List.of(Role.QUERY, Role.KEY, Role.VALUE, Role.OUTPUT, Role.GATE, Role.UP, Role.DOWN))) {
            throw new IllegalArgumentException(
                    "AWQ scales the linears of a block together: all of q, k, v, o, gate, up and "
                            + "down must be among its targets.");
        }
        if (scene.sites().stream().anyMatch(site -> scene.weight(site).kept().isPresent())) {
            throw new LatheException(
                    "AWQ's grids need not hold zero, so that pruned weights would not stay pruned; quantise"
                            + " the dense model with it, or a pruned one with rtn or gptq.");
        }
        Block block = new Block(scene, sites);
        Found qkv = block.searchNormed(Part.ATTENTION, "qkv", Role.QUERY, Role.KEY, Role.VALUE);
        Optional<Found> output = block.sharesNoHeads() ? Optional.of(block.searchLinear("o", Role.OUTPUT))
                : Optional.empty();
        Found gateUp = block.searchNormed(Part.FEED_FORWARD, "gate_up", Role.GATE, Role.UP);
        Found down = block.searchLinear("down", Role.DOWN);
        block.divideNorm("attention_norm", qkv, Role.QUERY, Role.KEY, Role.VALUE);
        output.ifPresent(found -> block.divideRows(Role.VALUE, Role.OUTPUT, found));
        block.divideNorm("ffn_norm", gateUp, Role.GATE, Role.UP);
        block.divideRows(Role.UP, Role.DOWN, down);
        block.noteApplied();
        block.clip();
        return block.finish();
    }

    /** The block while it is being changed. */
    private final class Block {
        private final BlockScene scene;
        private final Scope scope;
        private final Map<Role, Site> sites;
        private final Map<Role, Tensor> weights = new EnumMap<>(Role.class);
        private final Map<Role, Tensor> inputScales = new EnumMap<>(Role.class);
        private BlockEdit edit = BlockEdit.none();

        Block(BlockScene scene, Map<Role, Site> sites) {
            this.scene = scene;
            this.scope = scene.scope();
            this.sites = sites;
            sites.forEach((role, site) -> weights.put(role, scene.weight(site).weight()));
        }

        boolean sharesNoHeads() {
            LayerInfo layer = scene.layer();
            return layer.heads() == layer.kvHeads()
                    && weights.get(Role.VALUE).size(0) == weights.get(Role.OUTPUT).size(1);
        }

        private Statistics statistics(Role role) {
            return scene.weight(sites.get(role)).statistics();
        }

        private Tensor meanMagnitude(Role role) {
            return statistics(role).get(INPUT_MAGNITUDES).divide(statistics(role).tokens());
        }

        /** Scales of inputs that come from a norm, judged by the output of the whole part. */
        Found searchNormed(Part part, String name, Role... roles) {
            Tensor dense = scene.run(part, BlockEdit.none(), scope);
            return note(name, scaleSearch.search(meanMagnitude(roles[0]), dense, (scales, temporary) -> {
                BlockEdit tried = BlockEdit.none();
                for (Role role : roles) {
                    tried = tried.with(sites.get(role), new Dense(roundedUnder(scales, role, temporary)));
                }
                return scene.run(part, tried, temporary);
            }, scope));
        }

        /** Scales of the inputs of one linear, judged by its own output. */
        Found searchLinear(String name, Role role) {
            Tensor inputs = statistics(role).get(INPUTS);
            Tensor dense = inputs.in(scope).matmulTransposed(weights.get(role));
            return note(name, scaleSearch.search(
                    meanMagnitude(role),
                    dense,
                    (scales, temporary) -> inputs.in(temporary).matmulTransposed(roundedUnder(scales, role, temporary)),
                    scope));
        }

        private Tensor roundedUnder(Tensor scales, Role role, Scope temporary) {
            Tensor scaled = weights.get(role).in(temporary).scaleColumns(scales);
            return rounding.rounded(scaled).divide(scales);
        }

        private Found note(String name, Found found) {
            scene.note("loss_" + name, found.losses());
            scene.note("best_" + name, found.best());
            scene.note("scale_" + name, found.scales());
            return found;
        }

        void divideNorm(String norm, Found found, Role... roles) {
            edit = edit.withVector(norm, scene.vector(norm).divide(found.scales()));
            for (Role role : roles) {
                scaleInputs(role, found);
            }
        }

        void divideRows(Role before, Role role, Found found) {
            Tensor inverse = found.scales().map(s -> 1 / s);
            weights.put(before, weights.get(before).scaleRows(inverse));
            Site site = sites.get(before);
            scene.bias(site).ifPresent(bias -> edit = edit.withBias(site, bias.divide(found.scales())));
            scaleInputs(role, found);
        }

        private void scaleInputs(Role role, Found found) {
            weights.put(role, weights.get(role).scaleColumns(found.scales()));
            inputScales.put(role, found.scales());
        }

        void noteApplied() {
            weights.forEach((role, weight) -> scene.note("applied_" + role.label(), weight));
            scene.note("applied_input_norm", edit.vectors().get("attention_norm"));
            scene.note("applied_post_norm", edit.vectors().get("ffn_norm"));
        }

        void clip() {
            Stream.of(Role.VALUE, Role.OUTPUT, Role.GATE, Role.UP, Role.DOWN).filter(role -> config.clip())
                    .forEach(role -> {
                        try (Scope temporary = scope.child()) {
                            Tensor inputs = statistics(role).get(INPUTS).in(temporary);
                            Tensor seen = inputScales.containsKey(role) ? inputs.divide(inputScales.get(role)) : inputs;
                            Tensor thresholds = clipSearch.thresholds(weights.get(role), seen, temporary);
                            scene.note("clip_" + role.label(), thresholds);
                            clipSearch.apply(weights.get(role), thresholds);
                        }
                    });
        }

        BlockEdit finish() {
            weights.forEach((role, weight) -> edit = edit.with(sites.get(role), rounding.packed(weight, scope)));
            return edit;
        }
    }
}
