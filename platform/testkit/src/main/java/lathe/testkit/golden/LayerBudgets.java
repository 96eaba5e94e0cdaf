package lathe.testkit.golden;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.typesafe.config.ConfigValueFactory;

import lathe.spi.Kind;
import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.model.LayerInfo;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.Numbers;

/** {@code allocate}: how many tokens an evictor keeps in a layer, for rows (n, ratio, layers, window, beta, layer). */
final class LayerBudgets {
    private static final int TOKENS = 0;
    private static final int RATIO = 1;
    private static final int LAYERS = 2;
    private static final int WINDOW = 3;
    private static final int BETA = 4;
    private static final int LAYER = 5;

    private LayerBudgets() {}

    static Map<String, Numbers> allocate(GoldenCase golden, Workbench bench) {
        Tensor settings = golden.input("settings");
        int[] kept = new int[settings.size(0)];
        for (int row = 0; row < kept.length; row++) {
            kept[row] = kept(golden, settings.row(row), bench);
        }
        return Map.of("kept", Numbers.of(kept));
    }

    private static int kept(GoldenCase golden, Tensor setting, Workbench bench) {
        GoldenCase given = golden
                // The table is read as float32; the reference computed with the decimal number.
                .withParameter("compression_ratio", ConfigValueFactory.fromAnyRef(
                        Double.parseDouble(Float.toString((float) setting.get(RATIO)))))
                .withParameter("window", ConfigValueFactory.fromAnyRef((int) setting.get(WINDOW)))
                .withParameter("beta", ConfigValueFactory.fromAnyRef((int) setting.get(BETA)));
        MethodFactory.Made made = bench.make(given, Kind.KV_POLICY, java.util.Set.of(), List.of(Budget.class));
        LayerInfo layer = new LayerInfo((int) setting.get(LAYER), (int) setting.get(LAYERS), 1, 1, 2, 2, 1,
                Optional.empty(), Optional.empty());
        return ((Evictor) made.method()).capacity(new Counts(
                layer, (int) setting.get(TOKENS), (Budget) made.common().getFirst(), bench.scope()));
    }

    /** A cache of which only the size is known. */
    private record Counts(LayerInfo layer, int promptTokens, Budget budget, Scope scope) implements EvictionScene {
        @Override
        public Phase phase() {
            return Phase.PREFILL;
        }

        @Override
        public int tokens(int kvHead) {
            return promptTokens;
        }

        @Override
        public int[] positions(int kvHead) {
            throw unknown();
        }

        @Override
        public Tensor keys() {
            throw unknown();
        }

        @Override
        public Tensor values() {
            throw unknown();
        }

        @Override
        public Tensor queries() {
            throw unknown();
        }

        @Override
        public Tensor plainQueries() {
            throw unknown();
        }

        @Override
        public Optional<Tensor> lastRows() {
            return Optional.empty();
        }

        @Override
        public Optional<Tensor> accumulated() {
            return Optional.empty();
        }

        @Override
        public RandomStream random() {
            throw unknown();
        }

        private static UnsupportedOperationException unknown() {
            return new UnsupportedOperationException("A budget is decided by sizes alone.");
        }
    }
}
