package lathe.models.architecture;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

import lathe.models.checkpoint.Visible;

/**
 * Makes an {@link ArchitectureConfig} of a {@code config.json} and the description of its family. Every number is checked
 * for its range before anything is made of it.
 */
final class ConfigReader {
    private static final int MOST_BLOCKS = 10_000;
    private static final int MOST_EXPERTS = 65_536;
    private static final Set<String> LAYER_TYPES = Set.of("full_attention", "sliding_attention");

    private final Family family;
    private final Evaluation model;

    private ConfigReader(Family family, Evaluation model) {
        this.family = family;
        this.model = model;
    }

    /** The evaluation over a config in which the family's dimensions are variables. */
    static Evaluation evaluation(Family family, Path file, Map<String, Object> config) {
        return Evaluation.of(file, config, family.formulas("dimensions"));
    }

    /** The same with the variables of one block. */
    static Evaluation blockEvaluation(Family family, Evaluation model, int block) {
        return model.inner(family.formulas("block.variables"), "block", block);
    }

    static ArchitectureConfig read(Family family, Evaluation model, Map<String, Object> config) {
        ConfigReader reader = new ConfigReader(family, model);
        reader.refuseFeatures();
        int blocks = (int) model.whole("blocks", "the number of blocks", 0, MOST_BLOCKS);
        reader.checkLayerTypes(config.get("layer_types"), blocks);
        return reader.architecture(blocks);
    }

    private ArchitectureConfig architecture(int count) {
        Norm norm = norm();
        int hidden = size("hidden");
        int vocabulary = size("vocabulary");
        int positions = size("positions");
        List<Block> blocks = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            blocks.add(block(index, norm));
        }
        return new ArchitectureConfig(family.name(), vocabulary, hidden, positions,
                model.truth(family.get("model.learned-positions"), "learned positions"),
                real(model, "model.embedding-scale"), blocks, norm, model.truth(family.get("model.tied"), "tying"),
                real(model, "model.logit-scale"), optional(model, "model.logit-softcap"),
                model.truth(family.get("model.renews-cache"), "renewing of the cache"));
    }

    private Norm norm() {
        double epsilon = real(model, "model.epsilon");
        if (!(epsilon >= 0 && epsilon < 1)) {
            throw model
                    .problem(name(model, "model.epsilon") + " is " + epsilon + "; it must be at least 0 and below 1");
        }
        return new Norm(Norm.Kind.valueOf(constant("model.norm")), epsilon, real(model, "model.gain-offset"));
    }

    private Block block(int index, Norm norm) {
        Evaluation here = blockEvaluation(family, model, index);
        boolean sparse = here.truth("sparse", "whether a block has experts");
        return new Block(index, norm, Block.Placement.valueOf(constant("block.placement")),
                here.truth(family.get("block.parallel"), "parallel residual"), real(here, "block.residual-scale"),
                attention(here), sparse ? experts(here) : dense(here));
    }

    private Attention attention(Evaluation here) {
        int heads = size("heads");
        int kvHeads = size("kv_heads");
        if (heads % kvHeads != 0) {
            throw here.problem(heads + " query heads cannot share " + kvHeads
                    + " key/value heads evenly (num_attention_heads, num_key_value_heads)");
        }
        OptionalDouble window = optional(here, "block.attention.window");
        if (window.isPresent() && (window.getAsDouble() < 1 || window.getAsDouble() % 1 != 0)) {
            throw here.problem(name(here, "block.attention.window") + " is " + window.getAsDouble()
                    + "; a sliding window must be a positive whole number");
        }
        return new Attention(heads, kvHeads, size("head_dim"), size("value_dim"), real(here, "block.attention.scale"),
                window.isPresent() ? OptionalInt.of((int) Math.min(window.getAsDouble(), Integer.MAX_VALUE))
                        : OptionalInt.empty(),
                positive(here, "block.attention.softcap"), positive(here, "block.attention.clip"),
                Attention.QkNorm.valueOf(constant("block.attention.qk-norm")),
                family.has("block.rotary") ? Optional.of(new RopeReader(family, here).read()) : Optional.empty(),
                family.has("block.latent") ? Optional.of(latent(here)) : Optional.empty());
    }

    private Attention.Latent latent(Evaluation here) {
        boolean compressed = here.any(family.get("block.latent.query-rank")) != null;
        return new Attention.Latent(
                compressed ? OptionalInt.of(size(here, "block.latent.query-rank")) : OptionalInt.empty(),
                size(here, "block.latent.kv-rank"), size(here, "block.latent.plain"),
                size(here, "block.latent.rotary"), real(here, "block.latent.epsilon"));
    }

    private FeedForward dense(Evaluation here) {
        return new FeedForward.Dense(size("intermediate"), activation(),
                here.truth(family.get("model.gated"), "gating"));
    }

    private FeedForward experts(Evaluation here) {
        int count = (int) here.whole(family.get("block.experts.count"), "the number of experts", 1, MOST_EXPERTS);
        int chosen = (int) here.whole(family.get("block.experts.chosen"), "experts of a token", 1, count);
        int groups = (int) here.whole(family.get("block.experts.groups"), "groups of experts", 1, count);
        int kept = (int) here.whole(family.get("block.experts.groups-kept"), "groups of a token", 1, groups);
        if (count % groups != 0) {
            throw here.problem(count + " experts do not form " + groups + " groups of one size");
        }
        if (chosen > kept * (count / groups)) {
            throw here.problem(chosen + " experts are to be chosen from " + kept + " groups of " + count / groups);
        }
        Routing routing = new Routing(Routing.Scores.valueOf(constant("block.experts.scores")), chosen,
                here.truth(family.get("block.experts.normalised"), "renormalised weights"),
                real(here, "block.experts.scale"), groups, kept,
                Routing.GroupScore.valueOf(constant("block.experts.group-score")),
                here.truth(family.get("block.experts.correction"), "correction of scores"));
        int shared = (int) here.whole(family.get("block.experts.shared-width"), "the shared expert's width", 0,
                Integer.MAX_VALUE);
        return new FeedForward.Experts(count, size(here, "block.experts.width"), activation(), routing, shared,
                here.truth(family.get("block.experts.shared-scale"), "gate of the shared expert"));
    }

    private Activation activation() {
        String name = model.text(family.get("model.activation"), "the activation");
        return Activation.named(name).orElseThrow(
                () -> model.problem("it asks for the unknown activation " + Visible.name(name)));
    }

    private void refuseFeatures() {
        for (Family.Refused refused : family.refused()) {
            refuseUnlessAllowed(refused, model.any(refused.value()));
        }
        for (Family.Refused foreign : family.foreign()) {
            Object value = model.any(foreign.value());
            if (value != null && value != Evaluation.ABSENT) {
                refuseUnlessAllowed(foreign, value);
            }
        }
    }

    private void refuseUnlessAllowed(Family.Refused refused, Object value) {
        if (refused.allowed().stream().noneMatch(allowed -> isSame(allowed, value))) {
            throw model.problem("it asks for " + refused.feature().replace("{value}",
                    Visible.escape(String.valueOf(value))) + ", which is not supported for " + family.title());
        }
    }

    private static boolean isSame(Object allowed, Object value) {
        return allowed instanceof Number a && value instanceof Number b
                ? a.doubleValue() == b.doubleValue()
                : allowed.equals(value);
    }

    private void checkLayerTypes(Object types, int blocks) {
        if (types == null) {
            return;
        }
        if (!(types instanceof List<?> list) || list.size() != blocks) {
            throw model.problem("'layer_types' is not a list of " + blocks + " entries, one for each block");
        }
        for (Object type : list) {
            if (!(type instanceof String text && LAYER_TYPES.contains(text))) {
                throw model.problem("it asks for the layer type " + Visible.name(String.valueOf(type))
                        + ", which is not supported");
            }
        }
    }

    private int size(String dimension) {
        return (int) model.whole(dimension, dimension, 1, Integer.MAX_VALUE);
    }

    private int size(Evaluation here, String path) {
        return (int) here.whole(family.get(path), path, 1, Integer.MAX_VALUE);
    }

    private double real(Evaluation here, String path) {
        Double value = here.number(family.get(path), path);
        if (value == null || !Double.isFinite(value)) {
            throw here.problem(name(here, path) + " is " + value + " where a finite number is needed");
        }
        return value;
    }

    private OptionalDouble optional(Evaluation here, String path) {
        Double value = here.number(family.get(path), path);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    private OptionalDouble positive(Evaluation here, String path) {
        OptionalDouble value = optional(here, path);
        if (value.isPresent() && !(value.getAsDouble() > 0)) {
            throw here.problem(
                    name(here, path) + " is " + value.getAsDouble() + " where a positive number is needed");
        }
        return value;
    }

    private String name(Evaluation here, String path) {
        return here.nameOf(family.get(path), path);
    }

    private String constant(String path) {
        return family.get(path).toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
