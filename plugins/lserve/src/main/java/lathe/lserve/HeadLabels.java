package lathe.lserve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;

/** Which key/value heads stream (step A5): those whose gate lies below a quantile over all layers and heads. */
final class HeadLabels {
    /** What a product that should be a whole number may lie above it. */
    private static final double ROUNDING = 1e-9;

    private final double sparsity;
    private final Optional<Path> file;
    private boolean[][] retrieval = {};

    HeadLabels(double sparsity, Optional<Path> file) {
        this.sparsity = sparsity;
        this.file = file;
    }

    /**
     * Labels of gates, clipped to [0, 1]. Where the authors' code adds noise to tell equal gates apart, heads come in the
     * order of layers and heads: the earlier ones of equal gates stream. Trained gates end at 0 or 1, so that most are equal.
     *
     * @param gates    [layers][heads]
     * @param sparsity share that streams
     * @return true for heads that read everything
     */
    static boolean[][] label(double[][] gates, double sparsity) {
        double[] all = Stream.of(gates).flatMapToDouble(Arrays::stream)
                .map(gate -> Math.clamp(gate, 0.0, 1.0)).toArray();
        int streaming = streaming(all.length, sparsity);
        boolean[] retrieval = new boolean[all.length];
        IntStream.range(0, all.length).boxed().sorted(Comparator.comparingDouble((Integer head) -> all[head]))
                .skip(streaming).forEach(head -> retrieval[head] = true);
        boolean[][] labels = new boolean[gates.length][];
        int at = 0;
        for (int layer = 0; layer < gates.length; layer++) {
            labels[layer] = Arrays.copyOfRange(retrieval, at, at + gates[layer].length);
            at += gates[layer].length;
        }
        return labels;
    }

    /** How many of different gates lie below their quantile, which is interpolated between neighbours. */
    private static int streaming(int heads, double sparsity) {
        if (sparsity <= 0 || sparsity >= 1) {
            return sparsity <= 0 ? 0 : heads;
        }
        return (int) Math.ceil(sparsity * (heads - 1) - ROUNDING);
    }

    /** Why the labels do not fit a model, if they do not. */
    Optional<Refusal> refuses(ModelInfo model) {
        if (sparsity <= 0 || sparsity >= 1) {
            return Optional.empty();
        }
        if (file.isEmpty()) {
            return Optional
                    .of(Refusal.because("LServe with staticSparsity = " + sparsity + " needs a table of gates that "
                            + "says which heads stream: gates = FILE, a line a layer and a number a key/value head."));
        }
        boolean[][] labels;
        try {
            labels = labels();
        } catch (LatheException unreadable) {
            return Optional.of(Refusal.because(unreadable.getMessage()));
        }
        for (LayerInfo layer : model.layers()) {
            if (layer.block() >= labels.length || labels[layer.block()].length != layer.kvHeads()) {
                return Optional.of(Refusal.because("The gates in " + file.get() + " do not fit " + model.name()
                        + ": it has " + model.layers().size() + " layers, and layer " + layer.block() + " has "
                        + layer.kvHeads() + " key/value heads."));
            }
        }
        return Optional.empty();
    }

    /** Whether a head reads everything in a prompt and pages in a step. */
    boolean isRetrieval(LayerInfo layer, int kvHead) {
        return sparsity <= 0 || sparsity < 1 && labels()[layer.block()][kvHead];
    }

    /** Key/value heads of a layer that stream, or the others. */
    int[] heads(LayerInfo layer, boolean streaming) {
        return IntStream.range(0, layer.kvHeads()).filter(head -> isRetrieval(layer, head) != streaming).toArray();
    }

    private synchronized boolean[][] labels() {
        if (retrieval.length == 0) {
            retrieval = label(read(file.orElseThrow()), sparsity);
        }
        return retrieval;
    }

    private static double[][] read(Path path) {
        List<double[]> rows = new ArrayList<>();
        try {
            List<String> lines = Files.readAllLines(path);
            for (int line = 0; line < lines.size(); line++) {
                if (!lines.get(line).isBlank()) {
                    rows.add(numbers(lines.get(line), path, line + 1));
                }
            }
        } catch (IOException failure) {
            throw new LatheException("The gates cannot be read from " + path + ": " + failure.getMessage() + ".",
                    failure);
        }
        return rows.toArray(new double[0][]);
    }

    private static double[] numbers(String line, Path path, int number) {
        try {
            return Stream.of(line.strip().split("[\\s,]+")).mapToDouble(Double::parseDouble).toArray();
        } catch (NumberFormatException failure) {
            throw new LatheException("Line " + number + " of the gates in " + path
                    + " has something that is no number; numbers between 0 and 1, parted by tabs, would be right.",
                    failure);
        }
    }
}
