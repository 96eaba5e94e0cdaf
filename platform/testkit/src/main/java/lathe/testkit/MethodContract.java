package lathe.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import lathe.engine.Engine;
import lathe.spi.Kind;
import lathe.spi.Method;
import lathe.spi.Plugin;
import lathe.spi.Services;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.FixedRandom;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

/**
 * What the contract tests of all kinds share. A plugin's test extends the contract of its kind, names its plugin, and says
 * only what is special about it; the golden cases of the method are tests of it without more.
 */
public abstract class MethodContract {
    private static final long SEED = 20_26;

    private Scope scope;

    /** Made by subclasses. */
    protected MethodContract() {
        super();
    }

    /**
     * The plugin under test.
     *
     * @return a new plugin
     */
    protected abstract Plugin plugin();

    /**
     * The kind of its method.
     *
     * @return fixed by the contract
     */
    protected abstract Kind kind();

    /**
     * The method under test.
     *
     * @return the id of the plugin's only method of the kind, unless overridden
     */
    protected String id() {
        List<String> ids = plugin().methods().stream()
                .filter(method -> method.kind() == kind())
                .<String>map(Method::id)
                .toList();
        if (ids.size() != 1) {
            throw new IllegalStateException("The plugin has the methods " + ids + ": override id().");
        }
        return ids.getFirst();
    }

    /**
     * Plugins whose methods this one builds on.
     *
     * @return none, unless overridden
     */
    protected List<Plugin> companions() {
        return List.of();
    }

    /**
     * Settings that the method needs in every test.
     *
     * @return HOCON, empty unless overridden
     */
    protected String settings() {
        return "";
    }

    /**
     * The golden cases of the method; override to skip some, with a reason.
     *
     * @return all cases
     */
    protected GoldenCases golden() {
        return GoldenCases.of(kind(), id());
    }

    /**
     * The golden cases as tests.
     *
     * @return one test a case
     */
    @TestFactory
    protected Stream<DynamicTest> equalsTheGoldenCases() {
        return golden().tests(plugins());
    }

    /** Opens the memory of a test. */
    @BeforeEach
    protected void openScope() {
        scope = Engine.shared().openScope();
    }

    /** Frees the memory of a test. */
    @AfterEach
    protected void closeScope() {
        scope.close();
    }

    /**
     * Memory of the test.
     *
     * @return closed after it
     */
    protected final Scope scope() {
        return scope;
    }

    /**
     * Makes the method.
     *
     * @param contract its interface
     * @param <T>      its interface
     * @param hocon    settings beside {@link #settings()}
     * @return the method
     */
    protected final <T> T make(Class<T> contract, String... hocon) {
        return contract.cast(made(Engine.shared().parallel(), List.of(), hocon).method());
    }

    /**
     * What methods are given.
     *
     * @return the services of the shared engine
     */
    protected final Services services() {
        return new MethodFactory(MethodSource.of(plugins()), Engine.shared()).services();
    }

    /**
     * Makes another method, to be compared with this one.
     *
     * @param other    its kind
     * @param name     its id
     * @param contract its interface
     * @param <T>      its interface
     * @param hocon    its settings
     * @return the method
     */
    protected final <T> T make(Kind other, String name, Class<T> contract, String hocon) {
        MethodFactory factory = new MethodFactory(MethodSource.of(plugins()), Engine.shared());
        ConfigObject keys = ConfigFactory.parseString(hocon).resolve().root();
        return contract.cast(factory.make(other, name, keys, List.of()).method());
    }

    /** Makes the method with another pool, or with records that share its keys. */
    final MethodFactory.Made made(Parallel parallel, List<Class<? extends Record>> common, String... hocon) {
        MethodFactory factory = new MethodFactory(MethodSource.of(plugins()), Engine.shared(), parallel);
        String all = settings() + "\n" + String.join("\n", hocon);
        ConfigObject keys = ConfigFactory.parseString(all).resolve().root();
        return factory.make(kind(), id(), keys, common);
    }

    /** Whether the method has a key. */
    final boolean hasKey(String key) {
        Class<? extends Record> type = method().configType();
        return Stream.of(type.getRecordComponents()).anyMatch(component -> component.getName().equals(key));
    }

    /** The declaration of the method. */
    final Method<?> method() {
        Optional<Method<?>> found = Optional.empty();
        for (Method<?> method : plugin().methods()) {
            if (method.kind() == kind() && method.id().equals(id())) {
                found = Optional.of(method);
            }
        }
        return found.orElseThrow();
    }

    /**
     * Normally distributed numbers.
     *
     * @param purpose the same name gives the same numbers
     * @param sizes   the shape
     * @return a float32 tensor of the test's scope
     */
    protected final Tensor normal(String purpose, int... sizes) {
        RandomStream stream = new FixedRandom(SEED).stream(purpose, 0);
        int count = IntStream.of(sizes).reduce(1, Math::multiplyExact);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) stream.normal(i);
        }
        return scope.of(values, sizes);
    }

    final Plugin[] plugins() {
        List<Plugin> all = new ArrayList<>();
        all.add(plugin());
        all.addAll(companions());
        return all.toArray(new Plugin[0]);
    }
}
