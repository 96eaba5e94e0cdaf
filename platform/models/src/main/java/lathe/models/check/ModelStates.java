package lathe.models.check;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

import lathe.models.transformer.ForwardListener;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;

/** Compares what happens inside a pass with what is expected; the first difference counts. */
final class ModelStates implements ForwardListener {
    private final Expected expected;
    private final int blocks;
    private final Set<String> seen = new LinkedHashSet<>();
    private Optional<String> difference = Optional.empty();

    ModelStates(Expected expected, int blocks) {
        this.expected = requireNonNull(expected, "expected is null");
        this.blocks = blocks;
    }

    /** The first difference, or an expected state that never came. */
    Optional<String> difference() {
        for (int block = 0; block < blocks && difference.isEmpty(); block++) {
            for (String name : new String[] {"attention." + block, "router_logits." + block}) {
                if (expected.has(name) && !seen.contains(name)) {
                    return Optional.of(name + " was not computed");
                }
            }
        }
        return difference;
    }

    /** Hidden states may differ by a fraction of their largest element. */
    void hidden(String name, Tensor actual) {
        if (expected.has(name)) {
            Tensor wanted = expected.tensor(name);
            compare(name, actual, wanted, expected.tolerance("hidden") * wanted.maxAbs());
        }
    }

    @Override
    public Observation observes(int block) {
        String name = "attention." + block;
        return expected.has(name) ? new Observation(expected.tensor(name).size(1), false) : Observation.NONE;
    }

    @Override
    public void attended(int block, int sequence, Observed observed) {
        String name = "attention." + block;
        compare(name, observed.lastRows().orElseThrow(), expected.tensor(name), expected.tolerance("attention"));
    }

    @Override
    public void routed(int block, Tensor logits, Routing routing) {
        String name = "router_logits." + block;
        if (!expected.has(name)) {
            note("block " + block + " has experts that are not expected");
            return;
        }
        compare(name, logits, expected.tensor(name), expected.tolerance("router_logits"));
        compareChoice(block, routing);
    }

    /** Experts are compared as sets, weights expert by expert. */
    private void compareChoice(int block, Routing routing) {
        Tensor experts = expected.tensor("router_experts." + block);
        Tensor weights = expected.tensor("router_weights." + block);
        double tolerance = expected.tolerance("router_weights");
        for (int token = 0; token < experts.size(0); token++) {
            int[] wanted = experts.row(token).toInts();
            int[] found = routing.experts().row(token).toInts();
            for (int slot = 0; slot < wanted.length; slot++) {
                int at = Arrays.stream(found).boxed().toList().indexOf(wanted[slot]);
                if (at < 0) {
                    note("token " + token + " of block " + block + " goes to experts " + Arrays.toString(found)
                            + " instead of " + Arrays.toString(wanted));
                } else if (!(Math.abs(routing.weights().get(token, at) - weights.get(token, slot)) <= tolerance)) {
                    note("the weight of expert " + wanted[slot] + " for token " + token + " of block " + block + " is "
                            + routing.weights().get(token, at) + " instead of " + weights.get(token, slot));
                }
            }
        }
    }

    private void compare(String name, Tensor actual, Tensor wanted, double tolerance) {
        seen.add(name);
        Expected.difference(name, actual, wanted, tolerance).ifPresent(this::note);
    }

    private void note(String what) {
        if (difference.isEmpty()) {
            difference = Optional.of(what);
        }
    }
}
