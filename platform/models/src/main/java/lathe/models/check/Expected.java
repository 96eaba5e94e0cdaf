package lathe.models.check;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.StrictJson;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Tensors that other software computed, with their tolerances: {@code expected.safetensors} and {@code expected.json}. */
final class Expected implements AutoCloseable {
    private static final long LONGEST = 10_000_000;

    private final Path folder;
    private final Scope scope;
    private final SafetensorsFile file;
    private final Map<String, Object> description;

    Expected(Path folder, Scope scope) {
        this.folder = requireNonNull(folder, "folder is null");
        this.scope = requireNonNull(scope, "scope is null");
        this.description = StrictJson.readObject(folder.resolve("expected.json"), LONGEST);
        this.file = SafetensorsFile.open(folder.resolve("expected.safetensors"));
    }

    boolean has(String name) {
        return file.find(name).isPresent();
    }

    Tensor tensor(String name) {
        return file.find(name).orElseThrow(() -> new LatheException(
                Visible.path(file.path()) + " has no tensor " + Visible.name(name) + ".")).tensor(scope);
    }

    int[] ints(String name) {
        return tensor(name).toInts();
    }

    /** The stated tolerance of a kind of tensors, absolute or relative as the kind is compared. */
    double tolerance(String kind) {
        if (description.get("tolerances") instanceof Map<?, ?> kinds && kinds.get(kind) instanceof Map<?, ?> entry) {
            Object number = entry.containsKey("atol") ? entry.get("atol") : entry.get("rtol");
            if (number instanceof Number tolerance) {
                return tolerance.doubleValue();
            }
        }
        throw new LatheException(
                Visible.path(folder.resolve("expected.json")) + " states no tolerance for " + kind + ".");
    }

    /** What is wrong with a tensor that may differ by a tolerance in every element; nothing if it is right. */
    static Optional<String> difference(String what, Tensor actual, Tensor expected, double tolerance) {
        float[] found = actual.toFloats();
        float[] wanted = expected.toFloats();
        if (found.length != wanted.length) {
            return Optional.of(what + " has the shape " + actual.shape() + " instead of " + expected.shape());
        }
        double largest = 0;
        for (int i = 0; i < found.length; i++) {
            double difference = Math.abs((double) found[i] - wanted[i]);
            // NaN is larger than everything.
            largest = difference <= largest ? largest : difference;
        }
        return largest <= tolerance ? Optional.empty()
                : Optional.of(String.format(Locale.ROOT, "%s differs by up to %.3g, allowed are %.3g", what, largest,
                        tolerance));
    }

    @Override
    public void close() {
        file.close();
    }
}
