package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import lathe.spi.graph.LanguageModel;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A model that remembers the logits of whole sequences, up to a limit of memory, because several metrics ask for the same
 * windows, and every subject of a node asks for those of the reference. Sessions are not remembered.
 */
final class RememberingModel implements LanguageModel, AutoCloseable {
    private final LanguageModel model;
    private final Scope scope;
    private final long limit;
    private final Map<List<Integer>, Tensor> known = new HashMap<>();

    /**
     * @param model what computes
     * @param scope owner of what is remembered; closed with this object
     * @param limit bytes that are remembered at most; the first sequences stay
     */
    RememberingModel(LanguageModel model, Scope scope, long limit) {
        this.model = requireNonNull(model, "model is null");
        this.scope = requireNonNull(scope, "scope is null");
        this.limit = limit;
    }

    @Override
    public ModelInfo info() {
        return model.info();
    }

    @Override
    public Tensor logits(int[] tokens, Scope target) {
        return logits(List.of(tokens), target).getFirst();
    }

    @Override
    public synchronized List<Tensor> logits(List<int[]> sequences, Scope target) {
        List<int[]> missing = sequences.stream().filter(tokens -> !known.containsKey(key(tokens))).toList();
        Map<List<Integer>, Tensor> made = new HashMap<>();
        if (!missing.isEmpty()) {
            List<Tensor> computed = model.logits(missing, target);
            for (int i = 0; i < missing.size(); i++) {
                made.put(key(missing.get(i)), computed.get(i));
                remember(missing.get(i), computed.get(i));
            }
        }
        List<Tensor> all = new ArrayList<>();
        for (int[] tokens : sequences) {
            Tensor here = made.get(key(tokens));
            // A copy, so that nobody writes to what others will read.
            all.add(here != null ? here : known.get(key(tokens)).in(target).copy());
        }
        return all;
    }

    private void remember(int[] tokens, Tensor logits) {
        if (scope.bytes() + logits.bytes() <= limit) {
            known.put(key(tokens), logits.in(scope).copy());
        }
    }

    private static List<Integer> key(int[] tokens) {
        return IntStream.of(tokens).boxed().toList();
    }

    @Override
    public Session open() {
        return model.open();
    }

    @Override
    public Session openFor(int tokens) {
        return model.openFor(tokens);
    }

    @Override
    public Tensor advance(List<? extends Session> sessions, List<int[]> tokens, Scope target) {
        return model.advance(sessions, tokens, target);
    }

    @Override
    public long weightBytes() {
        return model.weightBytes();
    }

    @Override
    public void close() {
        known.clear();
        scope.close();
    }
}
