package lathe.models.exchange.stored;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.Checkpoint;
import lathe.models.checkpoint.StrictJson;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.checkpoint.Visible;
import lathe.models.exchange.layout.InputRounding;
import lathe.models.transformer.ExpertRouting;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.WeightsBuilder;
import lathe.spi.LatheException;
import lathe.spi.MethodChoice;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Masked;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Reads a folder in Lathe's own layout. Tensors stay where they are mapped. */
public final class StoredWeights {
    private static final long LONGEST = 256_000_000;

    private final Path file;
    private final Checkpoint checkpoint;
    private final Scope scope;
    private final Set<String> unused;

    private StoredWeights(Path file, Checkpoint checkpoint, Scope scope) {
        this.file = file;
        this.checkpoint = checkpoint;
        this.scope = scope;
        this.unused = new LinkedHashSet<>(checkpoint.names());
    }

    /**
     * Whether a folder is in this layout.
     *
     * @param quantization the object {@code quantization_config} of its config
     * @return true if that names it
     */
    public static boolean describes(Optional<Map<String, Object>> quantization) {
        return quantization.map(values -> WeightForms.METHOD.equals(values.get("quant_method"))).orElse(false);
    }

    /**
     * Reads the weights.
     *
     * @param folder a folder in this layout; must stay open as long as the weights are used
     * @param scope  where results of operations on the tensors live
     * @return the weights
     * @throws LatheException if the description is broken, or does not fit the tensors or the config
     */
    public static ModelWeights read(ModelFolder folder, Scope scope) {
        requireNonNull(folder, "folder is null");
        Path file = folder.folder().resolve(WeightForms.FILE);
        Map<String, Object> description = StrictJson.readObject(file, LONGEST);
        StoredWeights reader = new StoredWeights(file, folder.checkpoint(), scope);
        try {
            ModelWeights weights = reader.weights(description);
            reader.requireFits(folder, weights);
            return weights;
        } catch (ClassCastException | NullPointerException | IllegalArgumentException | IllegalStateException e) {
            throw reader.problem("its entries do not have the form that Lathe writes (" + e.getMessage() + ")");
        }
    }

    private ModelWeights weights(Map<String, Object> description) {
        if (!Long.valueOf(WeightForms.VERSION).equals(description.get("version"))) {
            throw problem("it is of version " + description.get("version") + ", and this Lathe reads version "
                    + WeightForms.VERSION);
        }
        WeightsBuilder builder = new WeightsBuilder();
        for (Map<?, ?> entry : objects(description.get("operators"))) {
            Site site = site(entry);
            LinearOperator operator = operator(entry, site);
            if (operator.outFeatures() != site.outFeatures() || operator.inFeatures() != site.inFeatures()) {
                throw problem("the weight " + site.name() + " is [" + operator.outFeatures() + ", "
                        + operator.inFeatures() + "] and described as [" + site.outFeatures() + ", "
                        + site.inFeatures() + "]");
            }
            builder.operator(site, operator);
        }
        objects(description.get("biases")).forEach(
                entry -> builder.bias(site(entry), tensor("bias/" + site(entry).name())));
        ((List<?>) description.get("vectors")).forEach(
                name -> builder.vector((String) name, tensor("vector/" + name)));
        objects(description.get("inputs")).forEach(entry -> builder.inputs(site(entry), rounding(entry)));
        if (description.get("routing") instanceof Map<?, ?> routing) {
            builder.routing(routing(routing));
        }
        if (!unused.isEmpty()) {
            throw problem("the weights have tensors that it does not name: " + Visible.names(unused));
        }
        return builder.build();
    }

    private static List<Map<?, ?>> objects(Object list) {
        return ((List<?>) list).stream().<Map<?, ?>>map(entry -> (Map<?, ?>) entry).toList();
    }

    private Site site(Map<?, ?> entry) {
        String label = (String) entry.get("role");
        Role role = Role.labelled(label).orElseThrow(() -> problem("it names the unknown role " + Visible.name(label)));
        return new Site(whole(entry, "block"), role, whole(entry, "expert"), whole(entry, "out"), whole(entry, "in"));
    }

    private static int whole(Map<?, ?> entry, String key) {
        return Math.toIntExact((Long) entry.get(key));
    }

    private LinearOperator operator(Map<?, ?> entry, Site site) {
        Map<String, Tensor> parts = new LinkedHashMap<>();
        ((List<?>) entry.get("parts")).forEach(name -> parts.put((String) name, tensor(site.name() + "/" + name)));
        Map<String, String> attributes = new LinkedHashMap<>();
        ((Map<?, ?>) entry.get("attributes")).forEach((name, value) -> attributes.put((String) name, (String) value));
        String form = (String) entry.get("form");
        if (form.equals(WeightForms.MASKED)) {
            Tensor mask = requireNonNull(parts.get("mask"), "a mask is missing");
            if (mask.rank() != 2 || mask.size(1) != 8 * ((site.inFeatures() + 63) / 64)) {
                throw problem("the mask of " + site.name() + " has the shape " + mask.shape());
            }
            return new Masked(WeightForms.mask(mask, site.inFeatures()), new Dense(parts.get("weight")));
        }
        return OperatorCodec.decode(form, parts, attributes);
    }

    private static InputRounding rounding(Map<?, ?> entry) {
        Optional<InputRounding.Step> step = entry.get("step") instanceof Number size
                ? Optional.of(new InputRounding.Step(size.floatValue(), whole(entry, "zero")))
                : Optional.empty();
        return new InputRounding(whole(entry, "bits"), (Boolean) entry.get("symmetric"), whole(entry, "group"), step);
    }

    @SuppressWarnings("unchecked")
    private static ExpertRouting routing(Map<?, ?> entry) {
        Config parameters = ConfigFactory.parseMap((Map<String, Object>) entry.get("parameters"));
        return new ExpertRouting(whole(entry, "active"),
                new MethodChoice((String) entry.get("method"), Optional.of(parameters)));
    }

    private Tensor tensor(String name) {
        TensorEntry entry = checkpoint.find(name)
                .orElseThrow(() -> problem("it names the tensor " + Visible.name(name) + ", which is missing"));
        unused.remove(name);
        return entry.tensor(scope);
    }

    /** Widths that blocks must share. */
    private void requireFits(ModelFolder folder, ModelWeights weights) {
        int hidden = folder.config().hidden();
        for (Site site : weights.sites()) {
            boolean fits = switch (site.role()) {
                case EMBEDDING, HEAD -> site.inFeatures() == hidden
                        && site.outFeatures() == folder.config().vocabulary();
                case QUERY, KEY, VALUE, GATE, UP -> site.inFeatures() == hidden;
                case OUTPUT, DOWN -> site.outFeatures() == hidden;
                default -> true;
            };
            if (!fits || site.block() >= folder.config().blocks().size()) {
                throw problem("the weight " + site.name() + " of [" + site.outFeatures() + ", " + site.inFeatures()
                        + "] does not fit the config, which has " + folder.config().blocks().size()
                        + " blocks of width " + hidden + " and " + folder.config().vocabulary() + " tokens");
            }
        }
    }

    private LatheException problem(String what) {
        return new LatheException("The description of weights " + Visible.path(file) + " is broken: "
                + Visible.escape(what) + ".");
    }
}
