package lathe.cmoe;

import java.util.Arrays;
import java.util.Map;

import lathe.spi.Services;
import lathe.spi.StageParameters;
import lathe.spi.StageScene;
import lathe.spi.router.ExpertSlots;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Parts of CMoE on given tensors. */
final class CmoeStages {
    private CmoeStages() {}

    private static CmoeConfig carver(StageParameters given) {
        return new CmoeConfig(given.whole("experts"), given.whole("shared"),
                given.has("active") ? given.whole("active") : 1,
                given.has("k_act") ? given.whole("k_act") : 1,
                given.has("iterations") ? given.whole("iterations") : 1);
    }

    /** Carves gate and up [width, hidden] by x, and runs what comes out on test_x. */
    static void carve(CmoeRouterConfig none, StageScene scene, Services services) {
        CmoeConfig config = carver(scene.parameters());
        Scope scope = scene.scope();
        Tensor gate = scene.input("gate").in(scope);
        Tensor up = scene.input("up").in(scope);
        Tensor inputs = scene.input("x").in(scope);
        NeuronMarks marks = new NeuronMarks(gate.size(0), inputs.size(0));
        marks.take(NeuronMarks.normalised(gate), NeuronMarks.normalised(up), inputs, config.kAct());
        NeuronGroups groups = NeuronGroups.of(marks, config);
        int[] counts = new int[marks.neurons()];
        Arrays.setAll(counts, marks::count);
        scene.note("counts", scope.of(counts, counts.length));
        note(groups, marks.neurons(), scene);
        Tensor routerGate = NeuronMarks.normalised(gate.select(groups.representatives()));
        Tensor routerUp = NeuronMarks.normalised(up.select(groups.representatives()));
        scene.note("router_gate", routerGate);
        scene.note("router_up", routerUp);
        Tensor tests = scene.input("test_x").in(scope);
        Tensor probability = CmoeRouter.score(tests.matmulTransposed(routerGate), tests, routerUp).softmax();
        scene.note("probability", probability);
        Tensor nothing = scope.zeros(config.routed());
        ExpertSlots slots = CmoeRouter.choose(probability, nothing, nothing, config.active());
        scene.note("indices", slots.routing(scope, Map.of()).experts());
        Tensor down = scene.input("down").in(scope);
        Tensor output = scope.zeros(tests.size(0), down.size(0));
        for (int token = 0; token < tests.size(0); token++) {
            Tensor row = tests.slice(0, token, token + 1).copy();
            Tensor sum = network(row, gate, up, down, groups.shared());
            for (int slot = 0; slot < config.active(); slot++) {
                int[] expert = groups.routed().get(slots.expert(token, slot));
                sum = sum.add(network(row, gate, up, down, expert).multiply(slots.weight(token, slot)));
            }
            output.slice(0, token, token + 1).assign(sum);
        }
        scene.note("y", output);
    }

    private static Tensor network(Tensor row, Tensor gate, Tensor up, Tensor down, int[] neurons) {
        if (neurons.length == 0) {
            return down.scope().zeros(1, down.size(0));
        }
        return network(row, gate.select(neurons), up.select(neurons), down.selectColumns(neurons));
    }

    private static Tensor network(Tensor row, Tensor gate, Tensor up, Tensor down) {
        return row.matmulTransposed(gate).map(x -> x / (1 + Math.exp(-x)))
                .multiply(row.matmulTransposed(up)).matmulTransposed(down);
    }

    /** Groups given marks [tokens, width]. */
    static void cluster(CmoeRouterConfig none, StageScene scene, Services services) {
        Tensor given = scene.input("marks");
        NeuronMarks marks = new NeuronMarks(given.size(1), given.size(0));
        for (int token = 0; token < given.size(0); token++) {
            for (int neuron = 0; neuron < given.size(1); neuron++) {
                if (given.get(token, neuron) != 0) {
                    marks.mark(token, neuron);
                }
            }
        }
        note(NeuronGroups.of(marks, carver(scene.parameters())), given.size(1), scene);
    }

    private static void note(NeuronGroups groups, int neurons, StageScene scene) {
        int[] group = new int[neurons];
        Arrays.fill(group, -1);
        for (int expert = 0; expert < groups.routed().size(); expert++) {
            for (int neuron : groups.routed().get(expert)) {
                group[neuron] = expert;
            }
        }
        Scope scope = scene.scope();
        scene.note("group", scope.of(group, neurons));
        scene.note("centre", scope.of(groups.centres(), groups.centres().length));
        scene.note("representative", scope.of(groups.representatives(), groups.representatives().length));
        scene.note("cost", scope.of(new float[] {(float) groups.cost()}, 1));
    }

    /** A carved layer in training, forward, and one step of the balancing bias. */
    static void train(CmoeRouterConfig none, StageScene scene, Services services) {
        Scope scope = scene.scope();
        Tensor x = scene.input("x").in(scope);
        Tensor score = CmoeRouter.score(
                x.matmulTransposed(scene.input("router_gate")), x, scene.input("router_up"));
        Tensor probability = score.softmax();
        ExpertSlots slots = CmoeRouter.choose(probability, scene.input("bias"), scene.input("scale"),
                scene.parameters().whole("active"));
        scene.note("score", score);
        scene.note("probability", probability);
        scene.note("indices", slots.routing(scope, Map.of()).experts());
        scene.note("combine", slots.combine(scope));
        int[] load = slots.load();
        scene.note("load", scope.of(load, load.length));
        scene.note("new_bias", balanced(scene.input("bias"), load, scene.parameters().number("gamma"), scope));
        scene.note("y", output(scene, x, slots));
    }

    /** Down for experts with more tokens than the mean, up for those with fewer (load balancing without a loss). */
    static Tensor balanced(Tensor bias, int[] load, double gamma, Scope scope) {
        double mean = Arrays.stream(load).average().orElse(0);
        Tensor next = scope.zeros(load.length);
        for (int expert = 0; expert < load.length; expert++) {
            next.set(bias.get(expert) - gamma * Math.signum(load[expert] - mean), expert);
        }
        return next;
    }

    private static Tensor output(StageScene scene, Tensor x, ExpertSlots slots) {
        Scope scope = scene.scope();
        Tensor output = scope.zeros(x.size(0), x.size(1));
        for (int token = 0; token < x.size(0); token++) {
            Tensor row = x.slice(0, token, token + 1).copy();
            Tensor sum = scene.find("shared_gate").isPresent()
                    ? network(row, scene.input("shared_gate").in(scope), scene.input("shared_up").in(scope),
                            scene.input("shared_down").in(scope))
                    : scope.zeros(1, x.size(1));
            for (int slot = 0; slot < slots.slots(); slot++) {
                int expert = slots.expert(token, slot);
                sum = sum.add(network(row, scene.input("gate").in(scope).row(expert),
                        scene.input("up").in(scope).row(expert), scene.input("down").in(scope).row(expert))
                        .multiply(slots.weight(token, slot)));
            }
            output.slice(0, token, token + 1).assign(sum);
        }
        return output;
    }
}
