package lathe.h2o;

import java.util.Arrays;

import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/**
 * The accuracy simulation of the authors' repository (FMInference/H2O, utils_hh/modify_llama.py), to compare with tables
 * that were made with it; no cache of Lathe works so. All keys stay, and a mask hides some from the next step. The recent
 * window counts the coming token: of the old keys recent - 1 are in it. A key that has just left it is hidden for a step,
 * keeps its sum, and may return as a heavy one.
 */
final class MaskedSimulation {
    private final int heavy;
    private final int recent;
    private float[] sums = new float[0];
    private boolean[] visible = new boolean[0];

    MaskedSimulation(int heavy, int recent) {
        this.heavy = heavy;
        this.recent = recent;
    }

    /** A prompt q, k, v [h, n, d] and steps q_t, k_t, v_t [t, h, d], a key head a query head. */
    static void stage(H2oConfig config, StageScene scene, Services services) {
        Scope scope = scene.scope();
        Tensor steps = scene.input("q_t");
        int heads = steps.size(1);
        int prompt = scene.input("k").size(1);
        int all = prompt + steps.size(0);
        Tensor seen = scope.zeros(steps.size(0), heads, all);
        Tensor output = scope.zeros(steps.size(0), heads, steps.size(2));
        for (int head = 0; head < heads; head++) {
            Tensor keys = joined(scene.input("k").row(head), scene.input("k_t"), head, scope);
            Tensor values = joined(scene.input("v").row(head), scene.input("v_t"), head, scope);
            MaskedSimulation simulation = new MaskedSimulation(
                    (int) (config.heavyRatio() * prompt), (int) (config.recentRatio() * prompt));
            simulation.prompt(scene.input("q").row(head), keys.slice(0, 0, prompt));
            for (int step = 0; step < steps.size(0); step++) {
                int tokens = prompt + step + 1;
                for (int key = 0; key < tokens; key++) {
                    seen.set(simulation.visible[key] ? 1 : 0, step, head, key);
                }
                Tensor weights = simulation.step(steps.row(step).row(head), keys.slice(0, 0, tokens));
                output.row(step).row(head).assign(
                        weights.matmul(values.slice(0, 0, tokens)).reshape(steps.size(2)));
            }
        }
        scene.note("visible", seen);
        scene.note("output", output);
    }

    private static Tensor joined(Tensor prompt, Tensor steps, int head, Scope scope) {
        Tensor all = scope.zeros(prompt.size(0) + steps.size(0), prompt.size(1));
        all.slice(0, 0, prompt.size(0)).assign(prompt);
        for (int step = 0; step < steps.size(0); step++) {
            all.row(prompt.size(0) + step).assign(steps.row(step).row(head));
        }
        return all;
    }

    private void prompt(Tensor queries, Tensor keys) {
        int tokens = keys.size(0);
        Tensor logits = queries.in(keys.scope()).matmulTransposed(keys).divide(Math.sqrt(keys.size(1)));
        for (int row = 0; row < tokens; row++) {
            logits.row(row).slice(0, row + 1, tokens).fill(Double.NEGATIVE_INFINITY);
        }
        remember(logits.softmax().sum(0).toFloats());
    }

    /** The weights [1, n] of one query over the keys that are visible to it. */
    private Tensor step(Tensor query, Tensor keys) {
        Tensor logits = query.in(keys.scope()).copy().reshape(1, keys.size(1)).matmulTransposed(keys)
                .divide(Math.sqrt(keys.size(1)));
        for (int key = 0; key < keys.size(0); key++) {
            if (!visible[key]) {
                logits.set(Double.NEGATIVE_INFINITY, 0, key);
            }
        }
        Tensor weights = logits.softmax();
        float[] received = weights.toFloats();
        for (int key = 0; key < sums.length; key++) {
            received[key] += sums[key];
        }
        remember(received);
        return weights;
    }

    /** Chooses what the next query sees, the coming key included, and whose sums live on. */
    private void remember(float[] received) {
        int tokens = received.length;
        sums = received;
        visible = new boolean[tokens + 1];
        if (tokens <= heavy + recent) {
            Arrays.fill(visible, true);
            return;
        }
        Arrays.fill(visible, tokens + 1 - recent, tokens + 1, true);
        float[] older = Arrays.copyOf(sums, tokens - recent);
        for (int key : Selection.indices(Selection.largest(older, heavy))) {
            visible[key] = true;
        }
        for (int key = 0; key < tokens - recent; key++) {
            sums[key] = visible[key] ? sums[key] : 0;
        }
    }
}
