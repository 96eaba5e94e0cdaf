package lathe.switchrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.TensorEntry;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.RouterLogits;
import lathe.spi.router.RoutingLoad;
import lathe.spi.router.SlotOrder;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.FixedRandom;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenTokens;

/** The losses that routers share, against the golden cases that belong to no router: load-balancing and z-loss. */
class AuxiliaryLossTest {
    private Scope scope;

    @BeforeEach
    void openScope() {
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    private Tensor golden(String id, String name, String tensor) {
        Path file = Path.of(System.getProperty("lathe.shared", "../shared"), "golden", "methods", "routers", id,
                name + ".safetensors");
        if (!Files.exists(file)) {
            System.out.println("Skipped: there is no golden case " + file + ".");
            Assumptions.abort("There is no golden case " + file + ".");
        }
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            for (TensorEntry entry : tensors.tensors()) {
                if (entry.name().equals(tensor)) {
                    return entry.tensor(scope).copy();
                }
            }
        }
        throw new AssertionError(file + " has no tensor " + tensor);
    }

    private RoutingLoad load(Tensor logits, int k) {
        Tensor probabilities = logits.softmax();
        return RoutingLoad.of(probabilities, ExpertSlots.best(logits, probabilities, k).load());
    }

    private RouterLogits checked(Tensor logits) {
        return RouterLogits.of(new GivenTokens(logits, logits, 1, new int[] {logits.size(0)}, true,
                java.util.Map.of(), new FixedRandom(1).stream("router", 0), scope, new Findings()));
    }

    private double logitLoss(String name) {
        Tensor logits = golden("z-loss", name, "in.x").matmulTransposed(golden("z-loss", name, "in.router_weight"));
        return checked(logits).zLoss();
    }

    @Test
    void zLossEqualsMegatronAlsoNearTheOverflowOfExp() {
        for (String name : new String[] {"moderate-logits", "large-logits"}) {
            double expected = golden("z-loss", name, "out.loss").get(0);
            assertThat(1e-3 * logitLoss(name)).as(name).isCloseTo(expected, within(1e-5 * expected));
        }
        assertThat(checked(golden("z-loss", "zero-logits", "in.logits")).zLoss())
                .isCloseTo(golden("z-loss", "zero-logits", "out.loss").get(0), within(1e-6));
    }

    @Test
    void pooledLayersGiveTheLossOfTransformers() {
        Tensor layers = golden("load-balancing", "hf-three-layers", "in.logits");
        RoutingLoad pooled = IntStream.range(0, layers.size(0))
                .mapToObj(layer -> load(layers.row(layer), 2))
                .reduce(RoutingLoad::plus)
                .orElseThrow();
        double expected = golden("load-balancing", "hf-three-layers", "out.loss").get(0);
        assertThat(pooled.balanceLoss()).isCloseTo(expected, within(1e-5 * expected));
    }

    @Test
    void paddingIsLeftOutOfTheLossOfTransformers() {
        Tensor layers = golden("load-balancing", "hf-padding-mask", "in.logits");
        int[] mask = golden("load-balancing", "hf-padding-mask", "in.attention_mask").toInts();
        int[] real = IntStream.range(0, mask.length).filter(token -> mask[token] != 0).toArray();
        RoutingLoad pooled = load(layers.row(0).select(real), 2).plus(load(layers.row(1).select(real), 2));
        double expected = golden("load-balancing", "hf-padding-mask", "out.loss").get(0);
        assertThat(pooled.balanceLoss()).isCloseTo(expected, within(1e-5 * expected));
    }

    @Test
    void balancedLogitsLoseKAndCollapsedOnesTheProbabilityTimesTheExperts() {
        String name = "hf-balanced-and-collapsed";
        assertThat(load(golden("load-balancing", name, "in.balanced_logits"), 2).balanceLoss())
                .isCloseTo(golden("load-balancing", name, "out.balanced_loss").get(0), within(1e-5));
        assertThat(load(golden("load-balancing", name, "in.collapsed_logits"), 1).balanceLoss())
                .isCloseTo(golden("load-balancing", name, "out.collapsed_loss").get(0), within(1e-5));
    }

    @Test
    void dividedByTheChoicesItIsTheLossOfMegatron() {
        Tensor logits = golden("load-balancing", "megatron-form", "in.logits");
        double expected = golden("load-balancing", "megatron-form", "out.loss").get(0);
        assertThat(0.01 * load(logits, 2).balanceLossPerChoice(2)).isCloseTo(expected, within(1e-5 * expected));
    }

    @Test
    void groupsOfFlaxformerLoseTheirMeanAndPlacesGoToFirstChoicesFirst() {
        assertGrouped("grouped-top1", 1, 4, false);
        assertGrouped("grouped-top2-batch-prioritised", 2, 5, true);
    }

    private void assertGrouped(String name, int k, int capacity, boolean prioritised) {
        Tensor x = golden("load-balancing", name, "in.x");
        Tensor weight = golden("load-balancing", name, "in.router_weight");
        Tensor expected = golden("load-balancing", name, "out.combine");
        double loss = 0;
        for (int group = 0; group < x.size(0); group++) {
            Tensor logits = x.row(group).matmulTransposed(weight);
            Tensor probabilities = logits.softmax();
            ExpertSlots slots = ExpertSlots.best(logits, probabilities, k);
            loss += RoutingLoad.of(probabilities, slots.load()).balanceLoss() / x.size(0);
            int[] tokens = prioritised
                    ? SlotOrder.byDescending(probabilities.max(1).toFloats())
                    : SlotOrder.byPosition(slots.tokens());
            slots.limit(new int[] {capacity}, new int[] {slots.tokens()}, SlotOrder.firstChoicesFirst(tokens, k));
            float[] combine = slots.combine(scope).toFloats();
            assertThat(combine).as(name).containsExactly(expected.row(group).toFloats(), within(1e-6f));
        }
        assertThat(loss).as(name).isCloseTo(golden("load-balancing", name, "out.balance_loss").get(0), within(1e-5));
    }

    @Test
    void equalNumbersHaveNoVariation() {
        assertThat(RoutingLoad.squaredVariation(new double[] {3, 3, 3})).isZero();
        assertThat(RoutingLoad.squaredVariation(new double[] {1, 3})).isCloseTo(0.25, within(1e-9));
        assertThat(RoutingLoad.squaredVariation(new double[4])).isZero();
    }
}
