package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

import lathe.models.transformer.ForwardListener;
import lathe.models.transformer.Transformer;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.model.Role;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.TokenWeighting;

/** How much every calibration token counts in the statistics of a block; 1 on average in each sequence. */
final class TokenImportance {
    /** All tokens count alike. */
    static final TokenImportance NONE = new TokenImportance(List.of(), role -> false);

    private final List<Tensor> bySequence;
    private final Predicate<Role> weighs;

    private TokenImportance(List<Tensor> bySequence, Predicate<Role> weighs) {
        this.bySequence = bySequence;
        this.weighs = weighs;
    }

    /** Asks a method, with the block as it is before it is changed. */
    static TokenImportance of(TokenWeighting method, Transformer model, int block, Calibration calibration,
            Scope scope) {
        Map<Integer, Long> counts = new HashMap<>();
        for (int i = 0; i < calibration.sequences(); i++) {
            for (int token : tokens(calibration, i)) {
                counts.merge(token, 1L, Long::sum);
            }
        }
        List<Tensor> weights = new ArrayList<>();
        for (int i = 0; i < calibration.sequences(); i++) {
            try (Scope local = scope.child()) {
                Seen seen = new Seen(local);
                Tensor hidden = calibration.hidden(i);
                Tensor output = model.runBlock(block, hidden, calibration.pass(i).withListener(seen), local);
                Given scene = new Given(tokens(calibration, i), counts, model.compute().read(hidden, local),
                        model.compute().read(output, local), Optional.ofNullable(seen.sums), local);
                weights.add(TokenWeighting.normalised(method.importance(scene).in(local)).in(scope).copy());
            }
        }
        return new TokenImportance(weights, method::weighs);
    }

    /** A pass over calibration text is one sequence. */
    private static int[] tokens(Calibration calibration, int sequence) {
        return calibration.pass(sequence).segments().getFirst().tokens();
    }

    /** The weights of the tokens of a linear's input: all of a sequence's, or some rows for an expert. */
    Optional<Tensor> of(int sequence, Role role, Optional<int[]> rows) {
        if (bySequence.isEmpty() || !weighs.test(role)) {
            return Optional.empty();
        }
        Tensor all = bySequence.get(sequence);
        return Optional.of(rows.isPresent() ? all.select(rows.get()) : all);
    }

    /** Sums of the attention that tokens receive. */
    private static final class Seen implements ForwardListener {
        private final Scope scope;
        private Tensor sums;

        Seen(Scope scope) {
            this.scope = requireNonNull(scope, "scope is null");
        }

        @Override
        public Observation observes(int block) {
            return new Observation(0, true);
        }

        @Override
        public void attended(int block, int sequence, Observed observed) {
            sums = observed.columnSums().map(tensor -> tensor.in(scope).copy()).orElse(null);
        }
    }

    private record Given(int[] tokens, Map<Integer, Long> counts, Tensor input, Tensor output,
            Optional<Tensor> attention, Scope scope) implements TokenWeighting.TokenScene {
        @Override
        public long count(int token) {
            return counts.getOrDefault(token, 0L);
        }
    }
}
