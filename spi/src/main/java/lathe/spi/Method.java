package lathe.spi;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;

import lathe.spi.attention.AttentionPattern;
import lathe.spi.backend.Backend;
import lathe.spi.graph.DataSource;
import lathe.spi.graph.Metric;
import lathe.spi.graph.ModelSource;
import lathe.spi.graph.Step;
import lathe.spi.graph.Task;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.KvPolicy;
import lathe.spi.router.Carver;
import lathe.spi.router.Router;
import lathe.spi.tuner.Tuner;
import lathe.spi.weight.BlockMethod;
import lathe.spi.weight.Factorizer;
import lathe.spi.weight.Merger;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.Quantizer;

/**
 * One method of one paper: its name, its parameters and how to make it. Immutable; the {@code with}-like calls return
 * changed copies, so that a plugin reads as one expression:
 *
 * <pre>{@code
 * Method.pruner("wanda", WandaConfig.class, WandaPruner::new)
 *         .cites("arXiv:2306.11695", "A Simple and Effective Pruning Approach for Large Language Models")
 *         .summary("Removes the weights with the smallest |W| * ||X|| of every row.");
 * }</pre>
 *
 * @param <C> the configuration record
 */
public final class Method<C extends Record> {
    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

    private final String id;
    private final Kind kind;
    private final Class<?> contract;
    private final Class<C> configType;
    private final BiFunction<C, Services, ?> factory;
    private final Optional<Citation> citation;
    private final int numericsRevision;
    private final String summary;
    private final String example;
    private final Map<String, Stage<C>> stages;

    private Method(
            String id,
            Kind kind,
            Class<?> contract,
            Class<C> configType,
            BiFunction<C, Services, ?> factory,
            Optional<Citation> citation,
            int numericsRevision,
            String summary,
            String example,
            Map<String, Stage<C>> stages) {
        this.id = requireNonNull(id, "id is null");
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("The method id '" + id
                    + "' must be lower-case words of letters and digits joined by single dashes, such as streaming-llm.");
        }
        this.kind = requireNonNull(kind, "kind is null");
        this.contract = requireNonNull(contract, "contract is null");
        this.configType = requireNonNull(configType, "configType is null");
        this.factory = requireNonNull(factory, "factory is null");
        this.citation = requireNonNull(citation, "citation is null");
        this.numericsRevision = numericsRevision;
        this.summary = requireNonNull(summary, "summary is null");
        this.example = requireNonNull(example, "example is null");
        this.stages = Map.copyOf(stages);
    }

    private static <C extends Record> Method<C> of(
            String id, Kind kind, Class<?> contract, Class<C> config, BiFunction<C, Services, ?> factory) {
        return new Method<>(id, kind, contract, config, factory, Optional.empty(), 1, "", "", Map.of());
    }

    private static <C extends Record, T> BiFunction<C, Services, T> alone(Function<C, T> factory) {
        requireNonNull(factory, "factory is null");
        return (config, services) -> factory.apply(config);
    }

    /**
     * Declares a pruner that decides weight by weight.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> pruner(
            String id, Class<C> config, Function<C, ? extends Pruner> factory) {
        return of(id, Kind.PRUNER, Pruner.class, config, alone(factory));
    }

    /**
     * Declares a pruner that decides weight by weight that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> pruner(
            String id, Class<C> config, BiFunction<C, Services, ? extends Pruner> factory) {
        return of(id, Kind.PRUNER, Pruner.class, config, factory);
    }

    /**
     * Declares a pruner that edits whole blocks: heads, neurons, experts.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> blockPruner(
            String id, Class<C> config, Function<C, ? extends BlockMethod> factory) {
        return of(id, Kind.PRUNER, BlockMethod.class, config, alone(factory));
    }

    /**
     * Declares a pruner that edits whole blocks: heads, neurons, experts that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> blockPruner(
            String id, Class<C> config, BiFunction<C, Services, ? extends BlockMethod> factory) {
        return of(id, Kind.PRUNER, BlockMethod.class, config, factory);
    }

    /**
     * Declares a quantizer of single weights.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> quantizer(
            String id, Class<C> config, Function<C, ? extends Quantizer> factory) {
        return of(id, Kind.QUANTIZER, Quantizer.class, config, alone(factory));
    }

    /**
     * Declares a quantizer of single weights that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> quantizer(
            String id, Class<C> config, BiFunction<C, Services, ? extends Quantizer> factory) {
        return of(id, Kind.QUANTIZER, Quantizer.class, config, factory);
    }

    /**
     * Declares a quantizer that edits whole blocks, such as one that moves scales between linears.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> blockQuantizer(
            String id, Class<C> config, Function<C, ? extends BlockMethod> factory) {
        return of(id, Kind.QUANTIZER, BlockMethod.class, config, alone(factory));
    }

    /**
     * Declares a quantizer that edits whole blocks, such as one that moves scales between linears that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> blockQuantizer(
            String id, Class<C> config, BiFunction<C, Services, ? extends BlockMethod> factory) {
        return of(id, Kind.QUANTIZER, BlockMethod.class, config, factory);
    }

    /**
     * Declares a factorizer of single weights.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> factorizer(
            String id, Class<C> config, Function<C, ? extends Factorizer> factory) {
        return of(id, Kind.FACTORIZER, Factorizer.class, config, alone(factory));
    }

    /**
     * Declares a factorizer of single weights that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> factorizer(
            String id, Class<C> config, BiFunction<C, Services, ? extends Factorizer> factory) {
        return of(id, Kind.FACTORIZER, Factorizer.class, config, factory);
    }

    /**
     * Declares a tuner: what is trained at a linear layer.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> tuner(
            String id, Class<C> config, Function<C, ? extends Tuner> factory) {
        return of(id, Kind.TUNER, Tuner.class, config, alone(factory));
    }

    /**
     * Declares a carver: how dense networks become experts.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> carver(
            String id, Class<C> config, Function<C, ? extends Carver> factory) {
        return of(id, Kind.CARVER, Carver.class, config, alone(factory));
    }

    /**
     * Declares a carver: how dense networks become experts that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> carver(
            String id, Class<C> config, BiFunction<C, Services, ? extends Carver> factory) {
        return of(id, Kind.CARVER, Carver.class, config, factory);
    }

    /**
     * Declares a merger of several models.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> merger(
            String id, Class<C> config, Function<C, ? extends Merger> factory) {
        return of(id, Kind.MERGER, Merger.class, config, alone(factory));
    }

    /**
     * Declares a merger of several models that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> merger(
            String id, Class<C> config, BiFunction<C, Services, ? extends Merger> factory) {
        return of(id, Kind.MERGER, Merger.class, config, factory);
    }

    /**
     * Declares a router.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> router(
            String id, Class<C> config, Function<C, ? extends Router> factory) {
        return of(id, Kind.ROUTER, Router.class, config, alone(factory));
    }

    /**
     * Declares a router that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> router(
            String id, Class<C> config, BiFunction<C, Services, ? extends Router> factory) {
        return of(id, Kind.ROUTER, Router.class, config, factory);
    }

    /**
     * Declares an attention pattern.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> attention(
            String id, Class<C> config, Function<C, ? extends AttentionPattern> factory) {
        return of(id, Kind.ATTENTION, AttentionPattern.class, config, alone(factory));
    }

    /**
     * Declares an attention pattern that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> attention(
            String id, Class<C> config, BiFunction<C, Services, ? extends AttentionPattern> factory) {
        return of(id, Kind.ATTENTION, AttentionPattern.class, config, factory);
    }

    /**
     * Declares a cache policy that is one score a token.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> evictor(
            String id, Class<C> config, Function<C, ? extends Evictor> factory) {
        return of(id, Kind.KV_POLICY, Evictor.class, config, alone(factory));
    }

    /**
     * Declares a cache policy that is one score a token that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> evictor(
            String id, Class<C> config, BiFunction<C, Services, ? extends Evictor> factory) {
        return of(id, Kind.KV_POLICY, Evictor.class, config, factory);
    }

    /**
     * Declares a cache policy with a store of its own.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> kvPolicy(
            String id, Class<C> config, Function<C, ? extends KvPolicy> factory) {
        return of(id, Kind.KV_POLICY, KvPolicy.class, config, alone(factory));
    }

    /**
     * Declares a cache policy with a store of its own that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> kvPolicy(
            String id, Class<C> config, BiFunction<C, Services, ? extends KvPolicy> factory) {
        return of(id, Kind.KV_POLICY, KvPolicy.class, config, factory);
    }

    /**
     * Declares a graph node of another sort.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> step(
            String id, Class<C> config, Function<C, ? extends Step> factory) {
        return of(id, Kind.STEP, Step.class, config, alone(factory));
    }

    /**
     * Declares a graph node of another sort that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> step(
            String id, Class<C> config, BiFunction<C, Services, ? extends Step> factory) {
        return of(id, Kind.STEP, Step.class, config, factory);
    }

    /**
     * Declares a metric.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> metric(
            String id, Class<C> config, Function<C, ? extends Metric> factory) {
        return of(id, Kind.METRIC, Metric.class, config, alone(factory));
    }

    /**
     * Declares a metric that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> metric(
            String id, Class<C> config, BiFunction<C, Services, ? extends Metric> factory) {
        return of(id, Kind.METRIC, Metric.class, config, factory);
    }

    /**
     * Declares a task.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> task(
            String id, Class<C> config, Function<C, ? extends Task> factory) {
        return of(id, Kind.TASK, Task.class, config, alone(factory));
    }

    /**
     * Declares a task that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> task(
            String id, Class<C> config, BiFunction<C, Services, ? extends Task> factory) {
        return of(id, Kind.TASK, Task.class, config, factory);
    }

    /**
     * Declares a source of models.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> modelSource(
            String id, Class<C> config, Function<C, ? extends ModelSource> factory) {
        return of(id, Kind.MODEL_SOURCE, ModelSource.class, config, alone(factory));
    }

    /**
     * Declares a source of models that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> modelSource(
            String id, Class<C> config, BiFunction<C, Services, ? extends ModelSource> factory) {
        return of(id, Kind.MODEL_SOURCE, ModelSource.class, config, factory);
    }

    /**
     * Declares a source of text.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> dataSource(
            String id, Class<C> config, Function<C, ? extends DataSource> factory) {
        return of(id, Kind.DATA_SOURCE, DataSource.class, config, alone(factory));
    }

    /**
     * Declares a source of text that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> dataSource(
            String id, Class<C> config, BiFunction<C, Services, ? extends DataSource> factory) {
        return of(id, Kind.DATA_SOURCE, DataSource.class, config, factory);
    }

    /**
     * Declares a backend.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> backend(
            String id, Class<C> config, Function<C, ? extends Backend> factory) {
        return of(id, Kind.BACKEND, Backend.class, config, alone(factory));
    }

    /**
     * Declares a backend that asks for services.
     *
     * @param <C>     the configuration record
     * @param id      the name in HOCON
     * @param config  the configuration record's class
     * @param factory makes one object a graph node
     * @return the method
     */
    public static <C extends Record> Method<C> backend(
            String id, Class<C> config, BiFunction<C, Services, ? extends Backend> factory) {
        return of(id, Kind.BACKEND, Backend.class, config, factory);
    }

    /**
     * Names the paper.
     *
     * @param reference an arXiv id such as {@code arXiv:2306.11695}, a DOI or an address
     * @param title     the title as printed
     * @return a copy with the citation
     */
    public Method<C> cites(String reference, String title) {
        return new Method<>(
                id,
                kind,
                contract,
                configType,
                factory,
                Optional.of(new Citation(reference, title)),
                numericsRevision,
                summary,
                example,
                stages);
    }

    /**
     * Declares the revision of the method's numbers. Raise it when the same configuration and inputs give other results:
     * stored artifacts of older revisions are then recomputed.
     *
     * @param revision a number from 1
     * @return a copy with the revision
     */
    public Method<C> numericsRevision(int revision) {
        return new Method<>(id, kind, contract, configType, factory, citation, revision, summary, example,
                stages);
    }

    /**
     * Says in one sentence what the method does.
     *
     * @param sentence shown by {@code lathe methods} and {@code lathe describe}
     * @return a copy with the summary
     */
    public Method<C> summary(String sentence) {
        return new Method<>(id, kind, contract, configType, factory, citation, numericsRevision, sentence, example,
                stages);
    }

    /**
     * Shows one line of use, such as {@code pruned { prune = wanda, of = dense, pattern = "2:4" }}. Without it the
     * platform makes one from the defaults.
     *
     * @param hocon a graph node
     * @return a copy with the example
     */
    public Method<C> example(String hocon) {
        return new Method<>(id, kind, contract, configType, factory, citation, numericsRevision, summary, hocon,
                stages);
    }

    /**
     * Shows a part of the method's computation under the name that reference outputs give it, so that it can be compared
     * with them by itself: an offline search, a selection, a training schedule.
     *
     * @param operation the operation of golden cases, such as {@code profile-heads}
     * @param stage     the computation
     * @return a copy with the stage
     */
    public Method<C> stage(String operation, Stage<C> stage) {
        Map<String, Stage<C>> more = new HashMap<>(stages);
        more.put(requireNonNull(operation, "operation is null"), requireNonNull(stage, "stage is null"));
        return new Method<>(id, kind, contract, configType, factory, citation, numericsRevision, summary, example,
                more);
    }

    /**
     * Parts of the computation that can be run by themselves.
     *
     * @return stages by operation
     */
    public Map<String, Stage<C>> stages() {
        return stages;
    }

    /**
     * Makes the method for one graph node.
     *
     * @param config   the node's configuration, bound and checked
     * @param services the node's services
     * @return an object of {@link #contract()}
     */
    public Object create(C config, Services services) {
        Object made = factory.apply(configType.cast(config), services);
        return contract.cast(requireNonNull(made, () -> "The factory of " + id + " returned null."));
    }

    @Override
    public String toString() {
        return kind.label() + " " + id;
    }

    /**
     * The name in HOCON.
     *
     * @return lower-case words joined by dashes
     */
    public String id() {
        return id;
    }

    /**
     * The kind of decision.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * The SPI interface that the factory's objects implement.
     *
     * @return for instance {@code Pruner.class}
     */
    public Class<?> contract() {
        return contract;
    }

    /**
     * The configuration record.
     *
     * @return the record's class
     */
    public Class<C> configType() {
        return configType;
    }

    /**
     * The paper, if there is one.
     *
     * @return the citation
     */
    public Optional<Citation> citation() {
        return citation;
    }

    /**
     * The revision of the method's numbers.
     *
     * @return a number from 1
     */
    public int numericsRevision() {
        return numericsRevision;
    }

    /**
     * What the method does.
     *
     * @return one sentence, empty if the author gave none
     */
    public String summary() {
        return summary;
    }

    /**
     * One line of use.
     *
     * @return a graph node in HOCON, empty if the author gave none
     */
    public String example() {
        return example;
    }
}
