package lathe.lserve;

import java.util.stream.IntStream;

import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.attention.AttentionPlan.SinkWindow;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Parts of LServe on given tensors. */
final class LServeStages {
    private LServeStages() {}

    /** Labels heads by gates [layers, heads]. */
    static void labelHeads(LServeConfig config, StageScene scene, Services services) {
        Tensor gates = scene.input("gates");
        double[][] table = new double[gates.size(0)][gates.size(1)];
        for (int layer = 0; layer < table.length; layer++) {
            for (int head = 0; head < table[layer].length; head++) {
                table[layer][head] = gates.get(layer, head);
            }
        }
        boolean[][] labels = HeadLabels.label(table, config.staticSparsity());
        Tensor retrieval = scene.scope().zeros(gates.size(0), gates.size(1));
        for (int layer = 0; layer < labels.length; layer++) {
            for (int head = 0; head < labels[layer].length; head++) {
                retrieval.set(labels[layer][head] ? 1 : 0, layer, head);
            }
        }
        scene.note("retrieval", retrieval);
    }

    /** Heads that all stream: q [heads, n, d], k and v [kvHeads, n, d], of which n_prompt tokens are the prompt. */
    static void streamingHeads(LServeConfig config, StageScene scene, Services services) {
        Tensor queries = scene.input("q");
        int prompt = scene.input("n_prompt").toInts()[0];
        int steps = queries.size(1) - prompt;
        SinkWindow inPrompt = new SinkWindow(config.ctxSink(), config.ctxLocal());
        SinkWindow inStep = new SinkWindow(config.decSink(), config.decLocal());
        Tensor output = attention(scene, 0, prompt, inPrompt);
        scene.note("output", output);
        scene.note("pairs", IntStream.range(0, prompt).mapToLong(row -> visible(inPrompt, row).length).sum());
        Tensor stepOutput = attention(scene, prompt, queries.size(1), inStep);
        scene.note("decode_output", stepOutput.transpose(0, 1).copy());
        int widest = IntStream.range(prompt, prompt + steps).map(row -> visible(inStep, row).length).max().orElse(0);
        Tensor selected = scene.scope().zeros(steps, widest).fill(-1);
        for (int step = 0; step < steps; step++) {
            int[] keys = visible(inStep, prompt + step);
            for (int i = 0; i < keys.length; i++) {
                selected.set(keys[i], step, i);
            }
        }
        scene.note("decode_selected", selected);
    }

    private static int[] visible(SinkWindow plan, int row) {
        return IntStream.rangeClosed(0, row).filter(key -> key < plan.sinks() || row - key < plan.window()).toArray();
    }

    private static Tensor attention(StageScene scene, int from, int to, SinkWindow plan) {
        Tensor queries = scene.input("q");
        Tensor keys = scene.input("k");
        Tensor values = scene.input("v");
        int group = queries.size(0) / keys.size(0);
        Scope scope = scene.scope();
        Tensor output = scope.zeros(queries.size(0), to - from, values.size(2));
        for (int head = 0; head < queries.size(0); head++) {
            for (int row = from; row < to; row++) {
                int[] seen = visible(plan, row);
                Tensor query = queries.row(head).slice(0, row, row + 1).in(scope);
                Tensor weights = query.matmulTransposed(keys.row(head / group).in(scope).select(seen))
                        .divide(Math.sqrt(queries.size(2))).softmax();
                output.row(head).slice(0, row - from, row - from + 1)
                        .assign(weights.matmul(values.row(head / group).in(scope).select(seen)));
            }
        }
        return output;
    }
}
