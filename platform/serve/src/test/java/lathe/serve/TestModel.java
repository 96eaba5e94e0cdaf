package lathe.serve;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.tokenizer.SpecialTokens;
import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.serve.chat.ChatTemplate;
import lathe.spi.tensor.Scope;

/** The small model that comes with Lathe, opened for a test. */
final class TestModel implements AutoCloseable {
    static final String NAME = "lathe-tiny";
    private static final Path FOLDER = Path.of(System.getProperty("lathe.root", "../..")).resolve(
            "experiments/models/lathe-tiny");

    private final Scope scope = Engine.shared().openScope();
    private final ModelFolder folder = ModelFolder.open(FOLDER);
    private final Tokenizer tokenizer = folder.tokenizer();
    private final Transformer transformer = Transformer.of(folder,
            new CpuBackend(Engine.shared()).open(Engine.shared().parallel()), scope);

    static boolean isThere() {
        return Files.isDirectory(FOLDER);
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    Scope scope() {
        return scope;
    }

    RunnableModel runnable(ServingPlan plan) {
        return new RunnableModel(transformer, plan, scope);
    }

    ServedModel served(ServingPlan plan, Optional<ChatTemplate> template) {
        return new ServedModel(NAME, runnable(plan), tokenizer(), template, scope);
    }

    /** With a tokenizer that says that another token ends texts. */
    ServedModel servedWithEnd(int token) {
        SpecialTokens own = tokenizer().special();
        SpecialTokens changed = new SpecialTokens(own.begin(), Set.of(token), own.padding(), own.unknown(), own.all());
        Tokenizer ending = (Tokenizer) Proxy.newProxyInstance(TestModel.class.getClassLoader(),
                new Class<?>[] {Tokenizer.class},
                (proxy, method, arguments) -> method.getName().equals("special")
                        ? changed
                        : method.invoke(tokenizer(), arguments));
        return new ServedModel(NAME, runnable(ServingPlan.PLAIN), ending, Optional.empty(), scope);
    }

    /** With a tokenizer that fails where these methods are called. */
    ServedModel servedWithout(String... methods) {
        Tokenizer failing = (Tokenizer) Proxy.newProxyInstance(TestModel.class.getClassLoader(),
                new Class<?>[] {Tokenizer.class}, (proxy, method, arguments) -> {
                    if (Set.of(methods).contains(method.getName())) {
                        throw new AssertionError(method.getName() + " is called.");
                    }
                    return method.invoke(tokenizer(), arguments);
                });
        return new ServedModel(NAME, runnable(ServingPlan.PLAIN), failing, Optional.empty(), scope);
    }

    @Override
    public void close() {
        transformer.close();
        scope.close();
        folder.close();
    }
}
