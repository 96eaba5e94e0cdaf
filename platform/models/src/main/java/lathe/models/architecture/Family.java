package lathe.models.architecture;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;

/**
 * The description of a family of models, read from its HOCON file. Formulas stay texts here; {@link ConfigReader} and
 * {@link TensorPlan} evaluate them over a config.
 */
public final class Family {
    private static final Config INDEX = FamilyFiles.read("families");
    private static final Map<String, Family> LOADED = new ConcurrentHashMap<>();

    /** A part of a fused tensor: its role and how many rows it has. */
    record Part(TensorRole role, String rows) {}

    /**
     * A tensor as described.
     *
     * @param key         the role in the description, also of fused tensors
     * @param name        with placeholders {prefix}, {block}, {expert}
     * @param shape       formulas, [out, in] whatever way it is stored; [experts, out, in] for fused experts
     * @param when        whether it is there
     * @param bias        whether a vector of the same name but for {@code .bias} belongs to it
     * @param transposed  whether it is stored [in, out]
     * @param interleaved formula of the number of groups that each hold rows of all parts; empty for stacked parts
     * @param split       the parts of a fused tensor; empty for a plain one
     */
    record TensorSpec(String key, String name, List<String> shape, String when, String bias, boolean transposed,
            String interleaved, List<Part> split) {
        boolean isPerExpert() {
            return name.contains("{expert}");
        }

        List<Part> parts() {
            return split.isEmpty() ? List.of(new Part(TensorRole.of(key), "")) : split;
        }
    }

    /** Something that a config may ask for and that is refused by name unless it has an allowed value. */
    record Refused(String feature, String value, List<Object> allowed) {}

    private final String name;
    private final List<String> modelTypes;
    private final List<String> architectures;
    private final Config description;
    private final List<Refused> foreign;

    private Family(String name, Config entry) {
        this.name = name;
        this.modelTypes = List.copyOf(entry.getStringList("model-types"));
        this.architectures = List.copyOf(entry.getStringList("architectures"));
        this.description = FamilyFiles.read(name);
        this.foreign = foreign(description);
    }

    /**
     * All descriptions.
     *
     * @return the families that Lathe can run
     */
    public static List<Family> all() {
        return names().stream().map(Family::named).toList();
    }

    /**
     * A description by its name.
     *
     * @param name for example {@code qwen3-moe}
     * @return the family
     */
    public static Family named(String name) {
        return LOADED.computeIfAbsent(name, wanted -> new Family(wanted, INDEX.getConfig(wanted)));
    }

    /**
     * The family that a config names.
     *
     * @param modelType its {@code model_type}
     * @return the family, or nothing for an unknown type
     */
    public static Optional<Family> ofModelType(String modelType) {
        return find("model-types", modelType);
    }

    /**
     * The family of an entry of {@code architectures}.
     *
     * @param architecture for example {@code LlamaForCausalLM}
     * @return the family, or nothing for an unknown name
     */
    public static Optional<Family> ofArchitecture(String architecture) {
        return find("architectures", architecture);
    }

    /** Every model_type that is known, sorted. */
    static List<String> knownModelTypes() {
        return names().stream().flatMap(name -> INDEX.getStringList(name + ".model-types").stream()).sorted().toList();
    }

    /**
     * The name of the description.
     *
     * @return for example {@code qwen3-moe}
     */
    public String name() {
        return name;
    }

    /**
     * The name for people.
     *
     * @return for example {@code Qwen3-MoE}
     */
    public String title() {
        return description.getString("title");
    }

    /**
     * The values of {@code model_type} that mean this family.
     *
     * @return at least one
     */
    public List<String> modelTypes() {
        return modelTypes;
    }

    /**
     * The values in {@code architectures} that mean this family.
     *
     * @return at least one
     */
    public List<String> architectures() {
        return architectures;
    }

    @Override
    public String toString() {
        return name;
    }

    /** A formula or constant of the description. */
    String get(String path) {
        return description.getString(path);
    }

    boolean has(String path) {
        return description.hasPath(path);
    }

    /** The formulas in an object, by name. */
    Map<String, String> formulas(String path) {
        Map<String, String> formulas = new LinkedHashMap<>();
        description.getConfig(path).root()
                .forEach((key, value) -> formulas.put(key, String.valueOf(value.unwrapped())));
        return formulas;
    }

    List<String> texts(String path) {
        return description.getStringList(path);
    }

    /** The tensors of the model or of a block, in the order of their keys. */
    List<TensorSpec> tensors(String path) {
        return tensors(description.getConfig(path));
    }

    /** The layouts in which some of a block's tensors come. */
    List<List<TensorSpec>> layouts() {
        List<List<TensorSpec>> layouts = new ArrayList<>();
        description.getConfigList("tensors.layouts").forEach(layout -> layouts.add(tensors(layout)));
        return layouts;
    }

    List<Refused> refused() {
        List<Refused> refused = new ArrayList<>();
        for (Config entry : description.getConfigList("refused")) {
            refused.add(new Refused(entry.getString("feature"), entry.getString("value"),
                    List.copyOf(entry.getAnyRefList("allowed"))));
        }
        return refused;
    }

    /** Keys with an effect that this family does not know, for configs that set them all the same. */
    List<Refused> foreign() {
        return foreign;
    }

    private static List<Refused> foreign(Config description) {
        String text = description.root().render(ConfigRenderOptions.concise());
        List<Refused> foreign = new ArrayList<>();
        for (Config entry : description.getConfigList("foreign")) {
            String key = entry.getString("key");
            if (!text.contains("config." + key)) {
                foreign.add(new Refused(entry.getString("feature") + " (" + key + ")", "config." + key,
                        List.copyOf(entry.getAnyRefList("allowed"))));
            }
        }
        return List.copyOf(foreign);
    }

    private static List<TensorSpec> tensors(Config object) {
        List<TensorSpec> specs = new ArrayList<>();
        for (Map.Entry<String, ConfigValue> entry : object.root().entrySet()) {
            if (entry.getValue().valueType() == ConfigValueType.OBJECT) {
                specs.add(tensor(entry.getKey(), object.getConfig(entry.getKey())));
            }
        }
        specs.sort(Comparator.comparing(TensorSpec::key));
        return specs;
    }

    private static TensorSpec tensor(String key, Config spec) {
        List<Part> parts = new ArrayList<>();
        if (spec.hasPath("split")) {
            spec.getConfigList("split").forEach(
                    part -> parts.add(new Part(TensorRole.of(part.getString("role")), part.getString("rows"))));
        }
        return new TensorSpec(key, spec.getString("name"), spec.getStringList("shape"), text(spec, "when", "true"),
                text(spec, "bias", "false"), spec.hasPath("transposed") && spec.getBoolean("transposed"),
                text(spec, "interleaved", ""), List.copyOf(parts));
    }

    private static String text(Config spec, String path, String otherwise) {
        return spec.hasPath(path) ? spec.getString(path) : otherwise;
    }

    private static List<String> names() {
        return INDEX.root().keySet().stream().sorted().toList();
    }

    private static Optional<Family> find(String list, String entry) {
        return names().stream().filter(name -> INDEX.getStringList(name + "." + list).contains(entry)).findFirst()
                .map(Family::named);
    }
}
