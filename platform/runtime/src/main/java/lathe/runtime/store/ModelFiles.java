package lathe.runtime.store;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;

import lathe.models.checkpoint.Checkpoint;
import lathe.models.checkpoint.SafetensorsWriter;
import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.models.exchange.layout.InputRounding;
import lathe.models.transformer.ExpertRouting;
import lathe.models.transformer.ModelWeights;
import lathe.runtime.compress.OperatorCodec;
import lathe.spi.LatheException;
import lathe.spi.MethodChoice;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockEdit;

/**
 * A model in Lathe's own stored forms as plain files: {@code weights.safetensors} with the tensors of every form,
 * {@code weights.json} that says which form each weight has, and config and tokenizer of the model it came from.
 */
public final class ModelFiles {
    private static final String WEIGHTS = "weights.safetensors";
    private static final String FORMS = "weights.json";
    private static final List<String> COPIED = List.of("config.json", "tokenizer.json", "tokenizer_config.json",
            "special_tokens_map.json", "generation_config.json", "chat_template.jinja");

    private ModelFiles() {}

    /**
     * Whether all weights can be written.
     *
     * @param weights a model
     * @return false if some have a form that only lives in memory
     */
    public static boolean storable(ModelWeights weights) {
        return weights.sites().stream().map(weights::operator).allMatch(OperatorCodec::decodes);
    }

    /**
     * Writes a model.
     *
     * @param name    for messages
     * @param weights its contents
     * @param pruned  whether weights were removed
     * @param source  folder with config and tokenizer
     * @param folder  where it goes
     */
    public static void write(String name, ModelWeights weights, boolean pruned, Path source, Path folder) {
        JsonObject forms = new JsonObject();
        forms.addProperty("name", name);
        forms.addProperty("pruned", pruned);
        weights.routing().ifPresent(routing -> forms.add("routing", routing(routing)));
        write(weights, weights.sites(), List.copyOf(weights.vectorNames()), forms, folder);
        copy(source, folder);
    }

    /**
     * Writes one block of a model.
     *
     * @param weights the model
     * @param block   which, from 0
     * @param folder  where it goes
     */
    public static void writeBlock(ModelWeights weights, int block, Path folder) {
        String prefix = "blocks." + block + ".";
        List<String> vectors = weights.vectorNames().stream().filter(name -> name.startsWith(prefix)).toList();
        JsonObject forms = new JsonObject();
        forms.addProperty("block", block);
        write(weights, weights.sites(block), vectors, forms, folder);
    }

    private static void write(
            ModelWeights weights, List<Site> sites, List<String> vectors, JsonObject forms, Path folder) {
        List<TensorSource> tensors = new ArrayList<>();
        JsonArray operators = new JsonArray();
        JsonArray biases = new JsonArray();
        for (Site site : sites) {
            operators.add(operator(site, weights.operator(site), tensors));
            weights.bias(site).ifPresent(bias -> {
                biases.add(place(site));
                tensors.add(tensor("bias/" + site.name(), bias));
            });
        }
        JsonArray named = new JsonArray();
        for (String vector : vectors) {
            named.add(vector);
            tensors.add(tensor("vector/" + vector, weights.vector(vector).orElseThrow()));
        }
        forms.add("inputs", inputs(weights, sites));
        forms.add("operators", operators);
        forms.add("biases", biases);
        forms.add("vectors", named);
        SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors, Map.of("format", "lathe"));
        Manifest.text(folder.resolve(FORMS), forms.toString());
    }

    private static JsonArray inputs(ModelWeights weights, List<Site> sites) {
        JsonArray inputs = new JsonArray();
        for (Site site : sites) {
            weights.inputs(site).ifPresent(rounding -> {
                JsonObject json = place(site);
                json.addProperty("bits", rounding.bits());
                json.addProperty("symmetric", rounding.symmetric());
                json.addProperty("group", rounding.group());
                rounding.fixed().ifPresent(step -> {
                    json.addProperty("step", step.size());
                    json.addProperty("zero", step.zero());
                });
                inputs.add(json);
            });
        }
        return inputs;
    }

    private static InputRounding inputs(JsonObject json) {
        Optional<InputRounding.Step> step = json.has("step")
                ? Optional.of(new InputRounding.Step(json.get("step").getAsFloat(), json.get("zero").getAsInt()))
                : Optional.empty();
        return new InputRounding(json.get("bits").getAsInt(), json.get("symmetric").getAsBoolean(),
                json.get("group").getAsInt(), step);
    }

    private static JsonObject routing(ExpertRouting routing) {
        Config parameters = routing.method().parameters().orElse(ConfigFactory.empty());
        for (Map.Entry<String, Object> setting : routing.method().settings().entrySet()) {
            parameters = parameters.withValue(setting.getKey(), ConfigValueFactory.fromAnyRef(setting.getValue()));
        }
        JsonObject json = new JsonObject();
        json.addProperty("active", routing.active());
        json.addProperty("method", routing.method().id());
        json.add("parameters", JsonParser.parseString(parameters.root().render(ConfigRenderOptions.concise())));
        return json;
    }

    private static ExpertRouting routing(JsonObject json) {
        Config parameters = ConfigFactory.parseString(json.getAsJsonObject("parameters").toString());
        return new ExpertRouting(json.get("active").getAsInt(),
                new MethodChoice(json.get("method").getAsString(), Optional.of(parameters)));
    }

    private static void copy(Path source, Path folder) {
        for (String name : COPIED) {
            try {
                if (Files.isRegularFile(source.resolve(name))) {
                    Files.copy(source.resolve(name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                }
            } catch (IOException failure) {
                throw new LatheException("The file " + name + " cannot be copied to " + folder + ": "
                        + failure.getMessage() + ".", failure);
            }
        }
    }

    private static JsonObject place(Site site) {
        JsonObject place = new JsonObject();
        place.addProperty("block", site.block());
        place.addProperty("role", site.role().label());
        place.addProperty("expert", site.expert());
        place.addProperty("out", site.outFeatures());
        place.addProperty("in", site.inFeatures());
        return place;
    }

    private static JsonObject operator(Site site, LinearOperator operator, List<TensorSource> tensors) {
        JsonObject json = place(site);
        json.addProperty("form", operator.form());
        JsonObject attributes = new JsonObject();
        operator.attributes().forEach(attributes::addProperty);
        json.add("attributes", attributes);
        JsonArray parts = new JsonArray();
        operator.parts().forEach((name, part) -> {
            parts.add(name);
            tensors.add(tensor(site.name() + "/" + name, part));
        });
        json.add("parts", parts);
        return json;
    }

    private static TensorSource tensor(String name, Tensor tensor) {
        StoredType type = StoredType.of(tensor.type().name()).orElseThrow();
        int[] sizes = tensor.shape().toArray();
        long[] shape = new long[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            shape[i] = sizes[i];
        }
        if (tensor.isContiguous()) {
            return TensorSource.of(name, type, shape, tensor.segment());
        }
        throw new IllegalStateException("The tensor " + name + " of a stored form is not contiguous.");
    }

    /** A model as it was read: weights that lie in mapped files. */
    public static final class Stored implements AutoCloseable {
        private final String name;
        private final Checkpoint checkpoint;
        private final ModelWeights weights;
        private final boolean pruned;

        private Stored(String name, Checkpoint checkpoint, ModelWeights weights, boolean pruned) {
            this.name = requireNonNull(name, "name is null");
            this.checkpoint = requireNonNull(checkpoint, "checkpoint is null");
            this.weights = requireNonNull(weights, "weights is null");
            this.pruned = pruned;
        }

        /**
         * The model's name.
         *
         * @return for messages
         */
        public String name() {
            return name;
        }

        /**
         * The contents.
         *
         * @return weights that die with this object
         */
        public ModelWeights weights() {
            return weights;
        }

        /**
         * Whether weights were removed.
         *
         * @return true for a pruned model
         */
        public boolean pruned() {
            return pruned;
        }

        @Override
        public void close() {
            checkpoint.close();
        }
    }

    /**
     * Reads a model.
     *
     * @param folder where it was written
     * @param scope  in which results of its tensors' operations live
     * @return the model, to be closed
     */
    public static Stored read(Path folder, Scope scope) {
        Checkpoint checkpoint = Checkpoint.ofFile(folder.resolve(WEIGHTS));
        try {
            JsonObject forms = forms(folder);
            ModelWeights weights = null;
            for (JsonElement element : forms.getAsJsonArray("operators")) {
                JsonObject json = element.getAsJsonObject();
                Site site = site(json);
                LinearOperator operator = decode(json, site, checkpoint, scope);
                weights = weights == null
                        ? ModelWeights.of(((Dense) operator).weight())
                        : weights.with(site, operator);
            }
            for (JsonElement element : forms.getAsJsonArray("biases")) {
                Site site = site(element.getAsJsonObject());
                weights = requireNonNull(weights).withBias(
                        site, checkpoint.entry("bias/" + site.name()).tensor(scope));
            }
            for (JsonElement element : forms.getAsJsonArray("vectors")) {
                String name = element.getAsString();
                weights = requireNonNull(weights).withVector(name, checkpoint.entry("vector/" + name).tensor(scope));
            }
            // Models that were stored before inputs could be rounded have none.
            for (JsonElement element : forms.has("inputs") ? forms.getAsJsonArray("inputs") : new JsonArray()) {
                JsonObject json = element.getAsJsonObject();
                weights = requireNonNull(weights).withInputs(site(json), inputs(json));
            }
            if (forms.has("routing")) {
                weights = requireNonNull(weights).withRouting(routing(forms.getAsJsonObject("routing")));
            }
            return new Stored(forms.get("name").getAsString(), checkpoint, weights, forms.get("pruned").getAsBoolean());
        } catch (IOException failure) {
            checkpoint.close();
            throw new LatheException("The stored model " + folder + " cannot be read: " + failure.getMessage() + ".",
                    failure);
        } catch (RuntimeException | Error failure) {
            checkpoint.close();
            throw failure;
        }
    }

    /** A block as it was read: contents that lie in a mapped file. */
    public static final class StoredBlock implements AutoCloseable {
        private final Checkpoint checkpoint;
        private final BlockEdit edit;

        private StoredBlock(Checkpoint checkpoint, BlockEdit edit) {
            this.checkpoint = requireNonNull(checkpoint, "checkpoint is null");
            this.edit = requireNonNull(edit, "edit is null");
        }

        /**
         * The contents.
         *
         * @return tensors that die with this object
         */
        public BlockEdit edit() {
            return edit;
        }

        @Override
        public void close() {
            checkpoint.close();
        }
    }

    /**
     * Reads a block.
     *
     * @param folder where it was written
     * @param scope  in which results of its tensors' operations live
     * @return the block, to be closed
     */
    public static StoredBlock readBlock(Path folder, Scope scope) {
        Checkpoint checkpoint = Checkpoint.ofFile(folder.resolve(WEIGHTS));
        try {
            JsonObject forms = forms(folder);
            String prefix = "blocks." + forms.get("block").getAsInt() + ".";
            BlockEdit edit = BlockEdit.none();
            for (JsonElement element : forms.getAsJsonArray("operators")) {
                Site site = site(element.getAsJsonObject());
                edit = edit.with(site, decode(element.getAsJsonObject(), site, checkpoint, scope));
            }
            for (JsonElement element : forms.getAsJsonArray("biases")) {
                Site site = site(element.getAsJsonObject());
                edit = edit.withBias(site, checkpoint.entry("bias/" + site.name()).tensor(scope));
            }
            for (JsonElement element : forms.getAsJsonArray("vectors")) {
                String name = element.getAsString();
                edit = edit.withVector(name.substring(prefix.length()),
                        checkpoint.entry("vector/" + name).tensor(scope));
            }
            return new StoredBlock(checkpoint, edit);
        } catch (IOException failure) {
            checkpoint.close();
            throw new LatheException("The stored block " + folder + " cannot be read: " + failure.getMessage() + ".",
                    failure);
        } catch (RuntimeException | Error failure) {
            checkpoint.close();
            throw failure;
        }
    }

    private static JsonObject forms(Path folder) throws IOException {
        return JsonParser.parseString(Files.readString(folder.resolve(FORMS))).getAsJsonObject();
    }

    private static Site site(JsonObject json) {
        Role role = Role.labelled(json.get("role").getAsString()).orElseThrow(
                () -> new LatheException("A stored model names the unknown role " + json.get("role") + "."));
        return new Site(json.get("block").getAsInt(), role, json.get("expert").getAsInt(), json.get("out").getAsInt(),
                json.get("in").getAsInt());
    }

    private static LinearOperator decode(JsonObject json, Site site, Checkpoint checkpoint, Scope scope) {
        Map<String, Tensor> parts = new LinkedHashMap<>();
        for (JsonElement part : json.getAsJsonArray("parts")) {
            String name = part.getAsString();
            parts.put(name, checkpoint.entry(site.name() + "/" + name).tensor(scope));
        }
        Map<String, String> attributes = new LinkedHashMap<>();
        json.getAsJsonObject("attributes").entrySet().forEach(
                entry -> attributes.put(entry.getKey(), entry.getValue().getAsString()));
        return OperatorCodec.decode(json.get("form").getAsString(), parts, attributes);
    }
}
