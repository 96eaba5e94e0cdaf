package lathe.models.transformer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.StrictJson;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A golden model opened together with what transformers computes from it. */
public final class GoldenModel implements AutoCloseable {
    private final Scope scope = Engine.shared().openScope();
    private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
    private final ModelFolder folder;
    private final Transformer transformer;
    private final SafetensorsFile expected;
    private final Map<String, Object> description;

    /** Opens a folder; {@code config} is the file that describes it. */
    public GoldenModel(Path path, String config) {
        folder = ModelFolder.open(path, config);
        transformer = Transformer.of(folder, compute, scope);
        expected = SafetensorsFile.open(path.resolve("expected.safetensors"));
        description = StrictJson.readObject(path.resolve("expected.json"), 10_000_000);
    }

    /** Opens a folder of the real models, which hold no tensors of their own. */
    public static Transformer open(Path path, Scope scope) {
        Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
        return Transformer.of(ModelFolder.open(path), compute, scope);
    }

    public Transformer transformer() {
        return transformer;
    }

    public Scope scope() {
        return scope;
    }

    public boolean has(String name) {
        return expected.find(name).isPresent();
    }

    public Tensor tensor(String name) {
        return expected.find(name).orElseThrow(() -> new AssertionError("no tensor " + name)).tensor(scope);
    }

    public int[] ints(String name) {
        return tensor(name).toInts();
    }

    /** The stated absolute tolerance of a kind of tensor. */
    public double tolerance(String kind) {
        Map<?, ?> tolerances = (Map<?, ?>) description.get("tolerances");
        Map<?, ?> entry = (Map<?, ?>) tolerances.get(kind);
        Object number = entry.containsKey("atol") ? entry.get("atol") : entry.get("rtol");
        return ((Number) number).doubleValue();
    }

    /** The largest difference of two tensors' elements; NaN if there is a NaN. */
    public static double difference(Tensor first, Tensor second) {
        float[] a = first.toFloats();
        float[] b = second.toFloats();
        if (a.length != b.length) {
            throw new AssertionError(first.shape() + " has not as many elements as " + second.shape());
        }
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs((double) a[i] - b[i]);
            if (!(difference <= largest)) {
                largest = difference;
            }
        }
        return largest;
    }

    static boolean holdsConfig(Path folder, String config) {
        return Files.isRegularFile(folder.resolve(config));
    }

    @Override
    public void close() {
        transformer.close();
        expected.close();
        folder.close();
        scope.close();
    }
}
