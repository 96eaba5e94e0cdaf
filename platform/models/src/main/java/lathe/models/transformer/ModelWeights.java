package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

import lathe.models.architecture.ModelFolder;
import lathe.models.architecture.Slot;
import lathe.models.architecture.TensorRole;
import lathe.models.exchange.layout.InputRounding;
import lathe.spi.LatheException;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockEdit;

/**
 * The contents of a model: a stored form for every linear, biases, and vectors by name. Immutable; changes give a new set
 * that shares what did not change. Tensors belong to the scope or the mapped file that they were made in, which must
 * outlive the set.
 *
 * <p>Linears are found by block, role and expert: the sizes in a {@link Site} are those of the moment, and structural edits
 * change them. Vectors are named {@code blocks.3.attention_norm} and {@code final_norm}; the bias of a norm has
 * {@code _bias} behind it.
 */
public final class ModelWeights {
    private final SortedMap<Place, LinearOperator> operators;
    private final SortedMap<Place, Tensor> biases;
    private final Map<String, Tensor> vectors;
    private final Optional<ExpertRouting> routing;
    private final SortedMap<Place, InputRounding> inputs;

    ModelWeights(SortedMap<Place, LinearOperator> operators, SortedMap<Place, Tensor> biases,
            Map<String, Tensor> vectors, Optional<ExpertRouting> routing, SortedMap<Place, InputRounding> inputs) {
        this.routing = routing;
        this.inputs = Collections.unmodifiableSortedMap(inputs);
        this.operators = Collections.unmodifiableSortedMap(operators);
        this.biases = Collections.unmodifiableSortedMap(biases);
        this.vectors = Collections.unmodifiableMap(vectors);
    }

    /**
     * Weights with nothing but an embedding; the head is tied to it until one is set.
     *
     * @param embedding [vocabulary, hidden], contiguous, any float type
     * @return the set
     */
    public static ModelWeights of(Tensor embedding) {
        SortedMap<Place, LinearOperator> operators = new TreeMap<>();
        operators.put(Place.outside(Role.EMBEDDING), new Dense(embedding));
        return new ModelWeights(operators, new TreeMap<>(), new LinkedHashMap<>(), Optional.empty(),
                new TreeMap<>());
    }

    /**
     * The weights of a folder, in their stored types where they are mapped; what is stored transposed or interleaved is
     * copied. Weights that another engine quantised become the stored forms that have exactly their values.
     *
     * @param folder must stay open as long as the weights are used
     * @param scope  where copies live, and results of operations on the tensors
     * @return the set
     */
    public static ModelWeights read(ModelFolder folder, Scope scope) {
        return WeightsReader.read(folder, scope);
    }

    /**
     * The name of a vector.
     *
     * @param block block from 0; -1 outside the blocks
     * @param role  such as {@link TensorRole#ATTENTION_NORM}
     * @return such as {@code blocks.3.attention_norm}
     */
    public static String vectorName(int block, TensorRole role) {
        String name = role.key().replace('-', '_');
        return block < 0 ? name : "blocks." + block + "." + name;
    }

    // ---- what is there

    /**
     * All linears with their present sizes.
     *
     * @return the embedding, then block by block q, k, v, o, gate, up, down (experts in order), then an untied head
     */
    public List<Site> sites() {
        return operators.entrySet().stream()
                .map(entry -> entry.getKey().site(entry.getValue().outFeatures(), entry.getValue().inFeatures()))
                .toList();
    }

    /**
     * The linears of one block.
     *
     * @param block from 0
     * @return in the order of {@link #sites()}
     */
    public List<Site> sites(int block) {
        return sites().stream().filter(site -> site.block() == block).toList();
    }

    /**
     * A linear that must be there.
     *
     * @param site its place; the sizes do not matter
     * @return its stored form
     */
    public LinearOperator operator(Site site) {
        return find(site.block(), site.role(), site.expert()).orElseThrow(
                () -> new LatheException("The model has no weight " + site.name() + "."));
    }

    /**
     * A linear that may be missing.
     *
     * @param block  from 0; -1 outside the blocks
     * @param role   what it does
     * @param expert expert, or one of the special numbers of {@link Site}
     * @return its stored form
     */
    public Optional<LinearOperator> find(int block, Role role, int expert) {
        return Optional.ofNullable(operators.get(new Place(block, role, expert)));
    }

    /**
     * The linear of a slot that may be missing.
     *
     * @param slot a slot of a linear, no bias
     * @return its stored form; that of the embedding for the head of a tied model
     */
    public Optional<LinearOperator> find(Slot slot) {
        Role role = slot.role().siteRole().orElseThrow(() -> new IllegalArgumentException(slot + " is no linear."));
        Optional<LinearOperator> own = Optional.ofNullable(operators.get(WeightsReader.place(slot, role)));
        return own.isEmpty() && role == Role.HEAD ? Optional.of(head()) : own;
    }

    /**
     * The bias of a linear.
     *
     * @param block  from 0
     * @param role   what it does
     * @param expert expert, or one of the special numbers of {@link Site}
     * @return [out], if it has one
     */
    public Optional<Tensor> bias(int block, Role role, int expert) {
        return Optional.ofNullable(biases.get(new Place(block, role, expert)));
    }

    /**
     * The bias of a linear.
     *
     * @param site its place
     * @return [out], if it has one
     */
    public Optional<Tensor> bias(Site site) {
        return bias(site.block(), site.role(), site.expert());
    }

    /**
     * A norm or another tensor that is no linear.
     *
     * @param name such as {@code blocks.3.attention_norm}
     * @return the tensor, if it is there
     */
    public Optional<Tensor> vector(String name) {
        return Optional.ofNullable(vectors.get(requireNonNull(name, "name is null")));
    }

    /**
     * Names of all vectors.
     *
     * @return in the order in which they were set
     */
    public Set<String> vectorNames() {
        return vectors.keySet();
    }

    /**
     * The token embedding.
     *
     * @return [vocabulary, hidden]
     */
    public Tensor embedding() {
        return ((Dense) operators.get(Place.outside(Role.EMBEDDING))).weight();
    }

    /**
     * The output head: its own weight, or the embedding if they are tied.
     *
     * @return [vocabulary, hidden]
     */
    public LinearOperator head() {
        LinearOperator own = operators.get(Place.outside(Role.HEAD));
        return own != null ? own : operators.get(Place.outside(Role.EMBEDDING));
    }

    /**
     * Whether the head is the embedding.
     *
     * @return true if there is no head of its own
     */
    public boolean tied() {
        return !operators.containsKey(Place.outside(Role.HEAD));
    }

    /**
     * Experts of a block that tokens are routed to.
     *
     * @param block from 0
     * @return 0 for a dense block
     */
    public int experts(int block) {
        int count = 0;
        while (operators.containsKey(new Place(block, Role.UP, count))) {
            count++;
        }
        return count;
    }

    /**
     * How experts are chosen that were carved from dense networks.
     *
     * @return empty for a model with a gate of its own, or without experts
     */
    public Optional<ExpertRouting> routing() {
        return routing;
    }

    /**
     * Says how carved experts are chosen.
     *
     * @param chosen the router method and the experts a token
     * @return a set with the change
     */
    public ModelWeights withRouting(ExpertRouting chosen) {
        return new ModelWeights(operators, biases, vectors, Optional.of(chosen), inputs);
    }

    /**
     * How the input of a linear is rounded before the product.
     *
     * @param site its place
     * @return the rounding that a checkpoint with quantised activations asks for
     */
    public Optional<InputRounding> inputs(Site site) {
        return inputs(site.block(), site.role(), site.expert());
    }

    /**
     * How the input of a slot's linear is rounded before the product.
     *
     * @param slot a slot of a linear, no bias
     * @return the rounding, if there is one
     */
    public Optional<InputRounding> inputs(Slot slot) {
        return slot.role().siteRole().map(role -> inputs.get(WeightsReader.place(slot, role)));
    }

    Optional<InputRounding> inputs(int block, Role role, int expert) {
        return inputs.isEmpty() ? Optional.empty() : Optional.ofNullable(inputs.get(new Place(block, role, expert)));
    }

    /**
     * Memory of everything as it is stored; what is used twice counts once.
     *
     * @return bytes
     */
    public long weightBytes() {
        Map<Object, Long> sizes = new IdentityHashMap<>();
        operators.values().forEach(operator -> sizes.put(operator, operator.bytes()));
        biases.values().forEach(bias -> sizes.put(bias, bias.bytes()));
        vectors.values().forEach(vector -> sizes.put(vector, vector.bytes()));
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Numbers of the model, zeros of pruned weights included.
     *
     * @return parameters as of a dense model
     */
    public long parameters() {
        long sum = 0;
        for (LinearOperator operator : operators.values()) {
            sum += (long) operator.outFeatures() * operator.inFeatures();
        }
        for (Tensor bias : biases.values()) {
            sum += bias.elements();
        }
        for (Tensor vector : vectors.values()) {
            sum += vector.elements();
        }
        return sum;
    }

    // ---- changes

    /**
     * Sets a linear.
     *
     * @param site     its place; the sizes are those of the operator from now on
     * @param operator its stored form
     * @return a set with the change
     */
    public ModelWeights with(Site site, LinearOperator operator) {
        requireNonNull(operator, "operator is null");
        if (site.role() == Role.EMBEDDING && !(operator instanceof Dense)) {
            throw new LatheException("The embedding must stay dense because its rows are looked up, but a "
                    + operator.form() + " was given for it.");
        }
        SortedMap<Place, LinearOperator> more = new TreeMap<>(operators);
        more.put(Place.of(site), operator);
        return new ModelWeights(more, biases, vectors, routing, inputs);
    }

    /**
     * Rounds the input of a linear before the product, whatever form its weight has or gets.
     *
     * @param site     its place
     * @param rounding how
     * @return a set with the change
     */
    public ModelWeights withInputs(Site site, InputRounding rounding) {
        requireNonNull(rounding, "rounding is null");
        SortedMap<Place, InputRounding> more = new TreeMap<>(inputs);
        more.put(Place.of(site), rounding);
        return new ModelWeights(operators, biases, vectors, routing, more);
    }

    /**
     * The same weights with inputs as they come.
     *
     * @return a set that rounds no input
     */
    public ModelWeights withExactInputs() {
        return inputs.isEmpty() ? this : new ModelWeights(operators, biases, vectors, routing, new TreeMap<>());
    }

    /**
     * Sets the bias of a linear.
     *
     * @param site its place
     * @param bias [out]
     * @return a set with the change
     */
    public ModelWeights withBias(Site site, Tensor bias) {
        requireNonNull(bias, "bias is null");
        SortedMap<Place, Tensor> more = new TreeMap<>(biases);
        more.put(Place.of(site), bias);
        return new ModelWeights(operators, more, vectors, routing, inputs);
    }

    /**
     * Sets a vector.
     *
     * @param name   such as {@code blocks.3.attention_norm}
     * @param vector the tensor
     * @return a set with the change
     */
    public ModelWeights withVector(String name, Tensor vector) {
        requireNonNull(name, "name is null");
        requireNonNull(vector, "vector is null");
        Map<String, Tensor> more = new LinkedHashMap<>(vectors);
        more.put(name, vector);
        return new ModelWeights(operators, biases, more, routing, inputs);
    }

    /**
     * Applies the edit of a block. Experts that a dense block gets take the place of its network.
     *
     * @param block which
     * @param edit  new contents; its vectors are named without the block
     * @return a set with the changes
     */
    public ModelWeights with(int block, BlockEdit edit) {
        SortedMap<Place, LinearOperator> linears = new TreeMap<>(operators);
        SortedMap<Place, Tensor> shifts = new TreeMap<>(biases);
        if (edit.operators().keySet().stream().anyMatch(site -> site.expert() != Site.NO_EXPERT)) {
            for (Role role : List.of(Role.GATE, Role.UP, Role.DOWN)) {
                linears.remove(new Place(block, role, Site.NO_EXPERT));
                shifts.remove(new Place(block, role, Site.NO_EXPERT));
            }
        }
        edit.operators().forEach((site, operator) -> linears.put(Place.of(site), operator));
        edit.biases().forEach((site, bias) -> shifts.put(Place.of(site), bias));
        Map<String, Tensor> others = new LinkedHashMap<>(vectors);
        edit.vectors().forEach((name, vector) -> others.put("blocks." + block + "." + name, vector));
        return new ModelWeights(linears, shifts, others, routing, inputs);
    }
}
