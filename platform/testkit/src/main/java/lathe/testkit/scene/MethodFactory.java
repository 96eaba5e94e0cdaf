package lathe.testkit.scene;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;

import lathe.engine.Engine;
import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordBinder;
import lathe.spi.Kind;
import lathe.spi.Method;
import lathe.spi.MethodChoice;
import lathe.spi.Progress;
import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;

/** Makes methods of HOCON, as the platform does: the configuration is bound and checked, services come from an engine. */
public final class MethodFactory {
    private static final long SEED = 17;

    private final MethodSource methods;
    private final Services services;

    /**
     * @param methods what can be made
     * @param engine  where tensors, numerics and threads come from
     */
    public MethodFactory(MethodSource methods, Engine engine) {
        this(methods, engine, engine.parallel());
    }

    /**
     * @param methods  what can be made
     * @param engine   where tensors and numerics come from
     * @param parallel the pool that methods see
     */
    public MethodFactory(MethodSource methods, Engine engine, Parallel parallel) {
        this.methods = requireNonNull(methods, "methods is null");
        this.services = new EngineServices(this, engine, parallel);
    }

    /**
     * A method with the records that share its keys.
     *
     * @param method an object of the method's contract
     * @param common the records, in the order that they were asked for
     */
    public record Made(Object method, List<Record> common) {}

    /**
     * The declaration of a method.
     *
     * @param kind its kind
     * @param id   its id, or its id without the name of its kind at the end
     * @return the method
     */
    public Method<?> find(Kind kind, String id) {
        return methods.require(kind, id);
    }

    /**
     * Whether a method can run a part of its computation by itself.
     *
     * @param kind      its kind
     * @param id        its id
     * @param operation the part
     * @return true if it has a stage of that name
     */
    public boolean offers(Kind kind, String id, String operation) {
        return methods.find(kind, id).map(method -> method.stages().containsKey(operation)).orElse(false);
    }

    /**
     * Runs a part of a method's computation.
     *
     * @param kind      its kind
     * @param id        its id
     * @param operation a stage that it offers
     * @param keys      its configuration
     * @param scene     inputs, takes the results
     */
    public void runStage(Kind kind, String id, String operation, ConfigObject keys, StageScene scene) {
        Method<?> method = methods.require(kind, id);
        Problems problems = new Problems();
        List<Record> records = new RecordBinder(problems)
                .bindAll(List.<Class<? extends Record>>of(method.configType()), keys, id, Set.of()).orElse(List.of());
        problems.throwIfAny();
        runStage(method, operation, records.getFirst(), scene);
    }

    @SuppressWarnings("unchecked")
    private void runStage(Method<?> method, String operation, Record config, StageScene scene) {
        ((Method<Record>) method).stages().get(operation).run(config, scene, services);
    }

    /**
     * Makes a method.
     *
     * @param kind   its kind
     * @param id     its id
     * @param keys   its configuration
     * @param common records whose keys stand beside the method's own
     * @return the method and the records
     */
    public Made make(Kind kind, String id, ConfigObject keys, List<Class<? extends Record>> common) {
        Method<?> method = methods.require(kind, id);
        List<Class<? extends Record>> types = new ArrayList<>();
        types.add(method.configType());
        types.addAll(common);
        Problems problems = new Problems();
        List<Record> records = new RecordBinder(problems).bindAll(types, keys, id, Set.of()).orElse(List.of());
        problems.throwIfAny();
        return new Made(create(method, records.getFirst()), records.subList(1, records.size()));
    }

    /**
     * The services that methods see.
     *
     * @return tensors, numerics, threads, random numbers of a fixed seed
     */
    public Services services() {
        return services;
    }

    @SuppressWarnings("unchecked")
    private Object create(Method<?> method, Record config) {
        return ((Method<Record>) method).create(config, services);
    }

    private static ConfigObject keysOf(MethodChoice choice) {
        ConfigObject keys = choice.parameters().map(Config::root).orElse(ConfigFactory.empty().root());
        for (Map.Entry<String, Object> setting : choice.settings().entrySet()) {
            keys = keys.withValue(setting.getKey(), ConfigValueFactory.fromAnyRef(setting.getValue()));
        }
        return keys;
    }

    private record EngineServices(MethodFactory factory, Engine engine, Parallel parallel) implements Services {
        @Override
        public Scope openScope() {
            return engine.openScope();
        }

        @Override
        public LinearAlgebra linearAlgebra() {
            return engine.linearAlgebra();
        }

        @Override
        public Solvers solvers() {
            return engine.solvers();
        }

        @Override
        public RandomStreams random() {
            return engine.random(SEED, "testkit");
        }

        @Override
        public Progress progress() {
            return Progress.NONE;
        }

        @Override
        public <T> T method(Kind kind, MethodChoice choice, Class<T> contract) {
            return contract.cast(factory.make(kind, choice.id(), keysOf(choice), List.of()).method());
        }
    }
}
