package lathe.expertchoice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import lathe.spi.LatheException;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.RouterLogits;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingGraph;
import lathe.spi.router.RoutingLoad;
import lathe.spi.router.RoutingScene;
import lathe.spi.router.RoutingVariables;
import lathe.spi.router.TrainableRouter;
import lathe.spi.tensor.Tensor;

/**
 * Expert choice (arXiv 2202.09368, section 3.2; flaxformer, architectures/moe/routing.py, ExpertsChooseMaskedRouter): every
 * expert takes the tokens of a group with its largest probabilities, where the softmax runs over the experts. A token may
 * have any number of experts, also none; its weights are its probabilities. Ties go to the earlier token.
 *
 * <p>Not causal: which experts a token has depends on later tokens of its group. The value {@code looks_ahead} counts the
 * tokens for which that is so. A group of one token, as in generation, is routed by the token itself.
 */
final class ExpertChoiceRouter implements TrainableRouter {
    private final ExpertChoiceConfig config;

    ExpertChoiceRouter(ExpertChoiceConfig config) {
        this.config = config;
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = RouterLogits.of(scene);
        int tokens = logits.tokens();
        boolean[] padding = scene.padding().orElseGet(() -> new boolean[tokens]);
        int[] lengths = config.group() == ExpertChoiceConfig.Group.SEQUENCE
                ? scene.sequenceLengths()
                : new int[] {tokens};
        Choosing choosing = new Choosing(logits.probabilities(), padding);
        int from = 0;
        int ahead = 0;
        List<int[][]> groups = new ArrayList<>();
        for (int length : lengths) {
            int real = choosing.real(from, from + length);
            if (real == 1) {
                chooseByToken(choosing, from, from + length, scene.block());
            } else if (real > 1) {
                groups.add(choosing.byExperts(from, from + length, capacity(real, logits.experts())));
                ahead += real - 1;
            }
            from += length;
        }
        noteChoices(groups, lengths, choosing, scene);
        ExpertSlots slots = choosing.slots();
        Map<String, Double> values = RoutingLoad.of(logits.probabilities(), slots.load()).statistics();
        values.put("looks_ahead", (double) ahead);
        values.put("without_expert", (double) choosing.withoutExpert());
        return slots.routing(scene.scope(), values);
    }

    @Override
    public RoutingGraph differentiate(RoutingVariables variables, RoutingScene scene, Routing chosen) {
        return new RoutingGraph(variables.logits().softmax().gather(chosen.experts()), Map.of());
    }

    private int capacity(int tokens, int experts) {
        return Math.min(tokens, config.capacity().orElse((int) Math.ceil(config.f() * tokens / experts)));
    }

    private void chooseByToken(Choosing choosing, int from, int to, int block) {
        if (config.singleToken() == ExpertChoiceConfig.SingleToken.REFUSE) {
            throw new LatheException("In block " + block
                    + " experts choose among a single token, which every one of them"
                    + " would take. Expert choice was made for whole sequences; single-token = token-choice sends the"
                    + " token to its f best experts instead.");
        }
        choosing.byToken(from, to, (int) Math.ceil(config.f()));
    }

    private static void noteChoices(List<int[][]> groups, int[] lengths, Choosing choosing, RoutingScene scene) {
        int[] counts = choosing.expertsPerToken();
        scene.note("experts_per_token", scene.scope().of(counts, counts.length));
        if (groups.size() == lengths.length
                && groups.stream().mapToInt(group -> group[0].length).distinct().count() == 1) {
            int experts = groups.getFirst().length;
            int[] all = groups.stream().flatMap(Arrays::stream).flatMapToInt(Arrays::stream).toArray();
            Tensor chosen = scene.scope().of(all, groups.size(), experts, all.length / groups.size() / experts);
            scene.note("chosen", chosen);
        }
    }
}
