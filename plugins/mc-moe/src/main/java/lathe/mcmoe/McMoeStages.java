package lathe.mcmoe;

import java.util.List;
import java.util.stream.IntStream;

import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.router.ExpertSlots;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Parts of MC-MoE on given tensors. */
final class McMoeStages {
    private McMoeStages() {}

    /** Bits of experts by their count, weight_sum and epsilon [experts, bits], for every budget. */
    static void allocateBits(McMoeConfig config, StageScene scene, Services services) {
        Scope scope = scene.scope();
        Tensor given = scene.input("epsilon");
        int experts = given.size(0);
        double[] counts = new double[experts];
        double[] weights = new double[experts];
        double[][] errors = new double[experts][given.size(1)];
        for (int expert = 0; expert < experts; expert++) {
            counts[expert] = scene.input("count").get(expert);
            weights[expert] = scene.input("weight_sum").get(expert);
            for (int i = 0; i < errors[expert].length; i++) {
                errors[expert][i] = given.get(expert, i);
            }
        }
        double[][] costs = BitAllocation.costs(config, counts, weights, errors);
        Tensor cost = scope.zeros(experts, given.size(1));
        for (int expert = 0; expert < experts; expert++) {
            for (int i = 0; i < costs[expert].length; i++) {
                cost.set(costs[expert][i], expert, i);
            }
        }
        scene.note("cost", cost);
        List<Integer> budgets = scene.parameters().wholes("budgets");
        Tensor bits = scope.zeros(budgets.size(), experts);
        Tensor objective = scope.zeros(budgets.size());
        for (int b = 0; b < budgets.size(); b++) {
            BitAllocation allocation = BitAllocation.solve(costs, config.bitSet(), budgets.get(b)).orElseThrow();
            for (int expert = 0; expert < experts; expert++) {
                bits.set(allocation.bits()[expert], b, expert);
            }
            objective.set(allocation.objective(), b);
        }
        scene.note("bits", bits);
        scene.note("objective", objective);
    }

    /** Significance of experts w1, w2, w3 with a router, on x in batches. */
    static void significance(McMoeConfig config, StageScene scene, Services services) {
        Scope scope = scene.scope();
        Tensor x = scene.input("x").in(scope);
        Tensor router = scene.input("router").in(scope);
        int experts = router.size(0);
        int topK = scene.parameters().whole("topK");
        Significance significance = new Significance(config, experts, topK);
        int from = 0;
        for (int tokens : scene.input("batch_tokens").toInts()) {
            Tensor batch = x.slice(0, from, from + tokens).copy();
            int[] chosen = batch.matmulTransposed(router).softmax().topK(topK).toInts();
            for (int expert = 0; expert < experts; expert++) {
                int which = expert;
                int[] own = IntStream.range(0, tokens).filter(token -> IntStream
                        .range(0, topK).anyMatch(slot -> chosen[token * topK + slot] == which)).toArray();
                significance.take(expert, batch.select(own), router, expert(scene, expert), scope);
            }
            from += tokens;
        }
        Tensor counts = scope.zeros(experts);
        Tensor weights = scope.zeros(experts);
        Tensor errors = scope.zeros(experts, config.bitSet().size());
        for (int expert = 0; expert < experts; expert++) {
            counts.set(significance.counts()[expert], expert);
            weights.set(significance.weights()[expert], expert);
            for (int i = 0; i < config.bitSet().size(); i++) {
                errors.set(significance.errors()[expert][i], expert, i);
            }
        }
        scene.note("count", counts);
        scene.note("weight_sum", weights);
        scene.note("epsilon", errors);
        scene.note("rtn_w1", () -> rounded(config, scene));
    }

    private static RoundedExpert expert(StageScene scene, int expert) {
        return new RoundedExpert(scene.input("w1").in(scene.scope()).row(expert),
                scene.input("w3").in(scene.scope()).row(expert), scene.input("w2").in(scene.scope()).row(expert));
    }

    private static Tensor rounded(McMoeConfig config, StageScene scene) {
        Tensor gates = scene.input("w1");
        Tensor all = scene.scope().zeros(2 * config.bitSet().size(), gates.size(1), gates.size(2));
        for (int expert = 0; expert < 2; expert++) {
            for (int i = 0; i < config.bitSet().size(); i++) {
                all.row(expert * config.bitSet().size() + i).assign(RoundedExpert.nearest(
                        gates.in(scene.scope()).row(expert), config.bitSet().get(i), config.groupOf(gates.size(2)),
                        scene.scope()));
            }
        }
        return all.reshape(2, config.bitSet().size(), gates.size(1), gates.size(2));
    }

    /** Which of two experts run, for tokens x with a router and attention [heads, query, key]. */
    static void onlinePruning(McMoeConfig config, StageScene scene, Services services) {
        Scope scope = scene.scope();
        Tensor x = scene.input("x").in(scope);
        Tensor probabilities = x.matmulTransposed(scene.input("router")).softmax();
        ExpertSlots slots = ExpertSlots.best(probabilities, probabilities, scene.parameters().whole("topK"));
        int[] experts = new int[x.size(0) * slots.slots()];
        for (int i = 0; i < experts.length; i++) {
            experts[i] = slots.expert(i / slots.slots(), i % slots.slots());
        }
        float[] importance = OnlinePruning.importance(x, 0, x.size(0));
        if ("column-sum".equals(scene.parameters().word("importance"))) {
            multiplyBySums(importance, scene.input("attention"));
        }
        OnlinePruning.prune(slots, 0, importance, scene.parameters().number("mu"),
                scene.parameters().number("tauHigh"), scene.parameters().number("tauLow"));
        slots.normalise(0);
        Tensor keep = scope.zeros(x.size(0), slots.slots());
        Tensor weight = scope.zeros(x.size(0), slots.slots());
        for (int token = 0; token < x.size(0); token++) {
            for (int slot = 0; slot < slots.slots(); slot++) {
                boolean stays = slots.expert(token, slot) != ExpertSlots.NONE;
                keep.set(stays ? 1 : 0, token, slot);
                weight.set(stays ? slots.weight(token, slot) : 0, token, slot);
            }
        }
        scene.note("expert", scope.of(experts, x.size(0), slots.slots()));
        scene.note("keep", keep);
        scene.note("weight", weight);
        scene.note("importance", scope.of(importance, importance.length));
    }

    /** What the queries give to each key, mean over the heads. */
    private static void multiplyBySums(float[] importance, Tensor attention) {
        for (int key = 0; key < importance.length; key++) {
            double sum = 0;
            for (int head = 0; head < attention.size(0); head++) {
                for (int query = key; query < attention.size(1); query++) {
                    sum += attention.get(head, query, key) / attention.size(0);
                }
            }
            importance[key] *= (float) sum;
        }
    }
}
