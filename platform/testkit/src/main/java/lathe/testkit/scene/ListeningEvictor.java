package lathe.testkit.scene;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Tensor;

/** Another evictor, with an ear for what it notes at the end of the prompt and an eye on the sums of what it keeps. */
public final class ListeningEvictor implements Evictor {
    private final Evictor evictor;
    private final Optional<Findings> findings;
    private final Consumer<int[][]> prompts;
    private List<double[]> accumulated = List.of();

    /**
     * @param evictor  who decides
     * @param findings receives notes made at the end of the prompt
     */
    public ListeningEvictor(Evictor evictor, Findings findings) {
        this(evictor, Optional.of(findings), kept -> {});
    }

    /**
     * @param evictor who decides
     * @param prompts receives the slots of every key/value head that stay of a prompt, layer after layer
     */
    public ListeningEvictor(Evictor evictor, Consumer<int[][]> prompts) {
        this(evictor, Optional.empty(), prompts);
    }

    private ListeningEvictor(Evictor evictor, Optional<Findings> findings, Consumer<int[][]> prompts) {
        this.evictor = evictor;
        this.findings = findings;
        this.prompts = prompts;
    }

    /**
     * Attention sums of the kept tokens of every head after the last eviction.
     *
     * @return a row a head, none if the evictor asks for no sums
     */
    public List<double[]> accumulated() {
        return accumulated;
    }

    @Override
    public int[][] keep(EvictionScene scene) {
        boolean prompt = scene.phase() == Phase.PREFILL;
        int[][] kept = evictor.keep(findings.filter(ear -> prompt)
                .<EvictionScene>map(ear -> new ListeningScene(scene, ear)).orElse(scene));
        if (prompt) {
            prompts.accept(kept);
        }
        Optional<Tensor> sums = scene.accumulated();
        List<double[]> rows = new ArrayList<>();
        for (int head = 0; sums.isPresent() && head < kept.length; head++) {
            double[] row = new double[kept[head].length];
            for (int i = 0; i < row.length; i++) {
                row[i] = sums.get().get(head, kept[head][i]);
            }
            rows.add(row);
        }
        accumulated = rows;
        return kept;
    }

    @Override
    public Tensor score(EvictionScene scene) {
        return evictor.score(scene);
    }

    @Override
    public Observation observes(Phase phase) {
        return evictor.observes(phase);
    }

    @Override
    public int capacity(EvictionScene scene) {
        return evictor.capacity(scene);
    }

    @Override
    public boolean evicts(Phase phase, Budget budget) {
        return evictor.evicts(phase, budget);
    }
}
