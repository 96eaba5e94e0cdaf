package lathe.models.architecture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import lathe.models.checkpoint.Checkpoint;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/** Compares the tensors that a config calls for with those that a checkpoint holds. */
final class Inventory {
    private final Checkpoint checkpoint;
    private final TensorPlan plan;
    private final QuantizedParts quantized;
    private final List<String> missing = new ArrayList<>();
    private final List<String> misshapen = new ArrayList<>();
    private final List<String> mistyped = new ArrayList<>();
    private final List<String> surplus = new ArrayList<>();

    private Inventory(Checkpoint checkpoint, TensorPlan plan, QuantizedParts quantized) {
        this.checkpoint = checkpoint;
        this.plan = plan;
        this.quantized = quantized;
    }

    /**
     * Checks names, shapes and types.
     *
     * @param quantized weights that are stored in another form, and their parts
     * @throws LatheException that names what is missing, surplus, misshapen or of a wrong type
     */
    static void check(Checkpoint checkpoint, TensorPlan plan, QuantizedParts quantized) {
        new Inventory(checkpoint, plan, quantized).check();
    }

    private void check() {
        for (PlannedTensor planned : plan.tensors().values()) {
            if (!quantized.isQuantized(planned.name())) {
                checkpoint.find(planned.name()).ifPresentOrElse(found -> compare(planned, found),
                        () -> missing.add(planned.name()));
            }
        }
        for (String name : checkpoint.names()) {
            if (plan.find(name).isEmpty() && !plan.isIgnored(name) && !quantized.isPart(name)) {
                surplus.add(name);
            }
        }
        List<String> problems = new ArrayList<>();
        if (!missing.isEmpty()) {
            problems.add("missing: " + Visible.names(missing));
        }
        if (!misshapen.isEmpty()) {
            problems.add("of a wrong shape: " + first(misshapen));
        }
        if (!mistyped.isEmpty()) {
            problems.add("of a type that weights cannot have (F32, F16, BF16): " + first(mistyped));
        }
        if (!surplus.isEmpty()) {
            problems.add("surplus: " + Visible.names(surplus));
        }
        if (!missing.isEmpty()) {
            otherPrefix().ifPresent(problems::add);
        }
        if (!problems.isEmpty()) {
            throw new LatheException("The tensors in " + Visible.path(checkpoint.folder())
                    + " are not those that its config.json calls for; " + String.join("; ", problems) + ".");
        }
    }

    private void compare(PlannedTensor planned, TensorEntry found) {
        if (!Arrays.equals(planned.shapeArray(), found.shape())) {
            misshapen
                    .add(Visible.name(planned.name()) + " is " + TensorEntry.describe(found.shape()) + " and should be "
                            + TensorEntry.describe(planned.shapeArray()));
        } else if (!found.type().isWeight()) {
            mistyped.add(Visible.name(planned.name()) + " is " + found.type());
        }
    }

    /** What to say where a missing tensor is there under a name that begins otherwise. */
    private Optional<String> otherPrefix() {
        String wanted = missing.getFirst();
        String tail = wanted.substring(wanted.indexOf('.') + 1);
        return surplus.stream().filter(name -> name.endsWith("." + tail) || name.equals(tail)).findFirst()
                .map(name -> "the names seem to begin otherwise: with " + Visible.name(start(name, tail))
                        + " instead of " + Visible.name(start(wanted, tail)));
    }

    private static String start(String name, String tail) {
        return name.substring(0, name.length() - tail.length());
    }

    private static String first(List<String> sentences) {
        String shown = String.join(", ", sentences.subList(0, Math.min(3, sentences.size())));
        return shown + (sentences.size() > 3 ? " and " + (sentences.size() - 3) + " more" : "");
    }
}
