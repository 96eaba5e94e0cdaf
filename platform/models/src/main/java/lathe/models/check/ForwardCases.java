package lathe.models.check;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.transformer.ForwardListener;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.spi.LatheException;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** One forward pass of a trained model: logits of some rows, hidden states of some, router outputs and choices. */
final class ForwardCases {
    private static final double LOGITS = 1e-3;
    private static final double HIDDEN = 1e-4;

    private final SafetensorsFile file;
    private final Transformer transformer;
    private final Scope scope;

    ForwardCases(SafetensorsFile file, Transformer transformer, Scope scope) {
        this.file = file;
        this.transformer = transformer;
        this.scope = scope;
    }

    /** The comparisons by name, each run when it is asked for. */
    SequencedMap<String, Supplier<Optional<String>>> all() {
        SequencedMap<String, Supplier<Optional<String>>> cases = new LinkedHashMap<>();
        cases.put("logits", this::logits);
        cases.put("hidden states", this::hidden);
        if (file.find("out.router_logits.0").isPresent()) {
            cases.put("router choices", this::routers);
        }
        return cases;
    }

    private Optional<String> logits() {
        Tensor found = transformer.logits(Pass.whole(tokens()), scope).select(tensor("out.logit_rows").toInts());
        return Expected.difference("a logit", found, tensor("out.logits"), LOGITS);
    }

    /** State 0 is the embedding, state i leaves block i - 1, and the last one enters the head. */
    private Optional<String> hidden() {
        Pass pass = Pass.whole(tokens());
        Tensor hidden = transformer.embed(pass, scope);
        int blocks = transformer.info().blocks();
        for (int i = 0; i <= blocks; i++) {
            Optional<String> difference = state(i, i == blocks ? transformer.finalNorm(hidden, scope) : hidden);
            if (difference.isPresent()) {
                return difference;
            }
            hidden = i == blocks ? hidden : transformer.runBlock(i, hidden, pass, scope);
        }
        return Optional.empty();
    }

    private Optional<String> state(int index, Tensor hidden) {
        Tensor wanted = tensor("out.hidden." + index);
        int step = hidden.size(0) / wanted.size(0);
        Tensor found = hidden.select(IntStream.range(0, wanted.size(0)).map(row -> row * step).toArray());
        double error = CheckpointCases.relativeError(found.toFloats(), wanted.toFloats());
        return error <= HIDDEN ? Optional.empty() : Optional.of(String.format(Locale.ROOT,
                "state %d differs by %.3g of its norm, allowed are %.3g", index, error, HIDDEN));
    }

    private Optional<String> routers() {
        Map<Integer, String> differences = new HashMap<>();
        transformer.logits(Pass.whole(tokens()).withListener(new ForwardListener() {
            @Override
            public void routed(int block, Tensor logits, Routing routing) {
                compare(block, logits, routing).ifPresent(what -> differences.put(block, what));
            }
        }), scope);
        return differences.values().stream().findFirst();
    }

    private Optional<String> compare(int block, Tensor logits, Routing routing) {
        Optional<String> difference = Expected.difference("a router output of block " + block, logits,
                tensor("out.router_logits." + block), LOGITS);
        Tensor experts = tensor("out.experts." + block);
        for (int row = 0; row < experts.size(0) && difference.isEmpty(); row++) {
            int[] wanted = experts.row(row).toInts();
            int[] found = routing.experts().row(row).toInts();
            Arrays.sort(wanted);
            Arrays.sort(found);
            if (!Arrays.equals(wanted, found)) {
                difference = Optional.of("token " + row + " of block " + block + " goes to experts "
                        + Arrays.toString(found) + " instead of " + Arrays.toString(wanted));
            }
        }
        return difference;
    }

    private int[] tokens() {
        return tensor("in.input_ids").toInts();
    }

    private Tensor tensor(String name) {
        return file.find(name).orElseThrow(() -> new LatheException(file.path() + " has no tensor " + name + "."))
                .tensor(scope);
    }
}
