package lathe.models.check;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

import lathe.engine.check.OperatorCase;
import lathe.models.architecture.Rope;
import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.StrictJson;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;
import lathe.spi.model.Rotary;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A case of an operator in its two files. */
final class StoredOperatorCase implements OperatorCase, AutoCloseable {
    private static final long LONGEST = 10_000_000;

    private final Path json;
    private final String name;
    private final Map<String, Object> description;
    private final SafetensorsFile file;
    private final Scope scope;

    StoredOperatorCase(Path json, Scope scope) {
        this.json = json;
        this.name = json.getFileName().toString().replaceFirst("\\.json$", "");
        this.description = StrictJson.readObject(json, LONGEST);
        this.file = SafetensorsFile.open(json.resolveSibling(name + ".safetensors"));
        this.scope = scope;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String operation() {
        return description.get("operation") instanceof String text ? text : "";
    }

    @Override
    public boolean has(String tensor) {
        return file.find(tensor).isPresent();
    }

    @Override
    public Tensor tensor(String tensor) {
        return file.find(tensor).orElseThrow(() -> new LatheException(
                Visible.path(file.path()) + " has no tensor " + Visible.name(tensor) + ".")).tensor(scope);
    }

    @Override
    public Optional<Double> number(String parameter) {
        return Optional.ofNullable(parameters().get(parameter) instanceof Number number ? number.doubleValue() : null);
    }

    @Override
    public Optional<String> word(String parameter) {
        return Optional.ofNullable(parameters().get(parameter) instanceof String text ? text : null);
    }

    @Override
    public boolean flag(String parameter) {
        return Boolean.TRUE.equals(parameters().get(parameter));
    }

    private Map<?, ?> parameters() {
        return object(description.get("parameters"));
    }

    @Override
    public Set<String> results() {
        Set<String> results = new LinkedHashSet<>();
        object(description.get("expected")).keySet().forEach(key -> results.add((String) key));
        return results;
    }

    @Override
    public Rule rule(String result) {
        Map<?, ?> rule = object(object(description.get("expected")).get(result));
        return new Rule(String.valueOf(rule.get("compare")), tolerance(rule.get("rtol")), tolerance(rule.get("atol")));
    }

    private static double tolerance(Object value) {
        return value instanceof Number number ? number.doubleValue() : 0;
    }

    private static Map<?, ?> object(Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    /** As a model's config would give them. */
    @Override
    public Rotary rotary() {
        int width = needed("head_dim").intValue();
        int dimension = (int) (width * number("partial_rotary_factor").orElse(1.0));
        // The pairing is told in words only.
        Rope.Pairing pairing = name.contains("interleaved") ? Rope.Pairing.INTERLEAVED : Rope.Pairing.HALF;
        Rope rope = new Rope(pairing, dimension, needed("rope_theta"), scaling());
        return rope.forPlugins(number("sequence_length").orElse(0.0).intValue());
    }

    private Rope.Scaling scaling() {
        String type = String.valueOf(parameters().get("rope_type"));
        return switch (type) {
            case "default" -> new Rope.Scaling.None();
            case "linear" -> new Rope.Scaling.Linear(needed("factor"));
            case "dynamic" ->
                new Rope.Scaling.Dynamic(needed("factor"), needed("max_position_embeddings").intValue());
            case "llama3" -> new Rope.Scaling.Llama3(needed("factor"), needed("low_freq_factor"),
                    needed("high_freq_factor"), needed("original_max_position_embeddings").intValue());
            case "yarn" -> new Rope.Scaling.Yarn(needed("factor"), number("beta_fast").orElse(32.0),
                    number("beta_slow").orElse(1.0), needed("original_max_position_embeddings").intValue(), true,
                    number("attention_factor").orElseGet(() -> Rope.yarnMultiplier(needed("factor"),
                            optional("mscale"), optional("mscale_all_dim"))));
            default -> throw new LatheException(Visible.path(json) + " asks for rotary scaling of the unknown type "
                    + Visible.name(type) + ".");
        };
    }

    private Double needed(String parameter) {
        return number(parameter).orElseThrow(() -> new LatheException(
                Visible.path(json) + " gives no parameter " + parameter + "."));
    }

    private OptionalDouble optional(String parameter) {
        return number(parameter).map(OptionalDouble::of).orElse(OptionalDouble.empty());
    }

    @Override
    public void close() {
        file.close();
    }
}
