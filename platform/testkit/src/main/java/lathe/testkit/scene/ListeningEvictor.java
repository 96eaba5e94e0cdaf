package lathe.testkit.scene;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Tensor;

/** Another evictor, with an ear for what it notes at the end of the prompt and an eye on the sums of what it keeps. */
public final class ListeningEvictor implements Evictor {
    private final Evictor evictor;
    private final Findings findings;
    private List<double[]> accumulated = List.of();

    /**
     * @param evictor  who decides
     * @param findings receives notes made at the end of the prompt
     */
    public ListeningEvictor(Evictor evictor, Findings findings) {
        this.evictor = evictor;
        this.findings = findings;
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
        int[][] kept = evictor.keep(scene.phase() == Phase.PREFILL ? new ListeningScene(scene, findings) : scene);
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
