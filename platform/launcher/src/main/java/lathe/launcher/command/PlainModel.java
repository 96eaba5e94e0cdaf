package lathe.launcher.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.tokenizer.EarlyTokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.runtime.run.LentModel;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

/** A model as it lies in its folder, run by the processor and by no method. */
final class PlainModel {
    private PlainModel() {}

    /** The folder of a path, or of the name of a model that comes with Lathe. */
    static Path folder(Path model) {
        if (Files.isDirectory(model)) {
            return model;
        }
        // A name without a path is that of a model that comes along.
        return Stream.of(Path.of(System.getProperty("lathe.root", ".")).resolve("experiments/models"),
                Path.of(System.getProperty("lathe.shared", "../shared")).resolve("models"))
                .filter(parent -> model.getNameCount() == 1 && !model.isAbsolute())
                .map(parent -> parent.resolve(model))
                .filter(Files::isDirectory).findFirst()
                .orElseThrow(() -> new LatheException("There is no model folder " + model.toAbsolutePath()
                        + ", and no model of that name comes with Lathe."));
    }

    /** Opens the model of a folder and lends it. */
    static void lend(Path path, Consumer<LentModel> user) {
        // The tokenizer is read while the engine starts and the weights are prepared; whoever asks for it waits.
        EarlyTokenizer tokenizer = new EarlyTokenizer(path);
        try (ModelFolder folder = ModelFolder.open(path)) {
            lend(path, folder, tokenizer, user);
        }
    }

    private static void lend(Path path, ModelFolder folder, EarlyTokenizer tokenizer, Consumer<LentModel> user) {
        Engine engine = Engine.shared();
        try (Scope scope = engine.openScope();
                Compute compute = new CpuBackend(engine).open(engine.parallel());
                Transformer transformer = Transformer.of(folder, compute, scope)) {
            user.accept(
                    new LentModel(new RunnableModel(transformer, ServingPlan.PLAIN, scope),
                            tokenizer.within(folder.config().vocabulary()), path, scope));
        }
    }
}
