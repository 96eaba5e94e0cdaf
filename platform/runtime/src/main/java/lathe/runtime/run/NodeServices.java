package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;

import lathe.engine.Engine;
import lathe.runtime.config.Problems;
import lathe.runtime.config.RecordBinder;
import lathe.runtime.graph.MethodUse;
import lathe.runtime.registry.BundleChoice;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.NearestNames;
import lathe.runtime.registry.PluginView;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.MethodChoice;
import lathe.spi.Progress;
import lathe.spi.Services;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;

/**
 * What a method of one node may ask of the platform.
 *
 * @param engine   tensors, numerics, threads
 * @param view     methods that others build on
 * @param seed     the experiment's seed
 * @param node     the node's name, which keys its random streams
 * @param progress the node's progress line
 */
record NodeServices(Engine engine, PluginView view, long seed, String node, Progress progress) implements Services {
    NodeServices {
        requireNonNull(engine, "engine is null");
        requireNonNull(view, "view is null");
        requireNonNull(node, "node is null");
        requireNonNull(progress, "progress is null");
    }

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
    public Parallel parallel() {
        return engine.parallel();
    }

    @Override
    public RandomStreams random() {
        return engine.random(seed, node);
    }

    @Override
    public <T> T method(Kind kind, MethodChoice choice, Class<T> contract) {
        Config parameters = choice.parameters().orElse(ConfigFactory.empty());
        InstalledMethod method = view.find(choice.id(), kind, BundleChoice.of(parameters.root()))
                .orElseThrow(() -> new LatheException("There is no "
                        + kind.label() + " method '" + choice.id() + "' to build on."
                        + NearestNames.hint(choice.id(),
                                view.methods(kind).stream().map(InstalledMethod::id).toList())));
        if (!contract.isAssignableFrom(method.method().contract())) {
            throw new LatheException("The method " + choice.id() + " cannot be built on here: it is a "
                    + method.method().contract().getSimpleName() + ", and a " + contract.getSimpleName()
                    + " is wanted.");
        }
        Config config = parameters;
        for (String key : BundleChoice.KEYS) {
            config = config.withoutPath(key);
        }
        for (Map.Entry<String, Object> setting : choice.settings().entrySet()) {
            config = config.withValue(setting.getKey(), ConfigValueFactory.fromAnyRef(setting.getValue()));
        }
        Problems problems = new Problems();
        Optional<? extends Record> bound = new RecordBinder(problems).bind(
                method.method().configType(), config.root(), choice.id());
        problems.throwIfAny();
        MethodUse use = new MethodUse(method, bound.orElseThrow(), Optional.empty(), choice.id(), config.origin());
        return contract.cast(use.create(this));
    }
}
