package lathe.hashrouter;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.Services;
import lathe.spi.model.ModelInfo;
import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.Router;
import lathe.spi.router.RouterLogits;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingLoad;
import lathe.spi.router.RoutingScene;
import lathe.spi.tensor.Tensor;

/**
 * Hash layers (arXiv 2106.04426): the token id alone decides the expert, with weight 1. The balanced table is that of
 * MoEBERT (SimiaoZuo/MoEBERT), made of frequencies that the checkpoint brings ({@code frequency}) or of the configured
 * file. A table that the checkpoint brings ({@code table}, one expert a token id) goes before the configured assignment.
 * Ids without an entry, also those never seen while counting, are drawn at random as in that code.
 */
final class HashRouter implements Router {
    private final HashConfig config;
    private final RandomStreams random;
    /** Balanced tables by number of experts, which differs between blocks once experts were removed. */
    private final Map<Integer, BalancedTable> balanced = new ConcurrentHashMap<>();

    HashRouter(HashConfig config, Services services) {
        this.config = config;
        this.random = services.random();
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return config.assignment() == HashConfig.Assignment.BALANCED && config.frequencies().isEmpty()
                ? Optional.of(Refusal.because("assignment = balanced needs to know how often each token id occurs: give"
                        + " frequencies = <a file with one number a line>, or use assignment = random"))
                : Optional.empty();
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = RouterLogits.of(scene);
        int[] ids = scene.tokenIds().orElseThrow(() -> new LatheException("The router hash looks at token ids, which"
                + " block " + scene.block() + " was not given."));
        if (ids.length != logits.tokens()) {
            throw new IllegalArgumentException(ids.length + " token ids for " + logits.tokens() + " tokens");
        }
        int[] table = table(scene, logits.experts());
        RandomStream unseen = random.stream("hash", scene.block());
        ExpertSlots slots = new ExpertSlots(logits.tokens(), 1, logits.experts());
        for (int token = 0; token < ids.length; token++) {
            slots.put(token, 0, expert(ids[token], table, logits.experts(), scene.block(), unseen), 1);
        }
        scene.note("expert", scene.scope().of(slots.column(0), slots.tokens()));
        scene.padding().ifPresent(slots::clear);
        int[] load = slots.load();
        scene.note("load", scene.scope().of(load, load.length));
        return slots.routing(scene.scope(), RoutingLoad.of(logits.probabilities(), load).statistics());
    }

    private int[] table(RoutingScene scene, int experts) {
        Optional<int[]> given = scene.parameter("table").map(Tensor::toInts);
        if (given.isPresent() || config.assignment() != HashConfig.Assignment.BALANCED) {
            return given.orElse(new int[0]);
        }
        BalancedTable table = scene.parameter("frequency")
                .map(counts -> BalancedTable.of(Frequencies.of(counts), experts))
                .orElseGet(() -> balanced.computeIfAbsent(experts,
                        count -> BalancedTable.of(Frequencies.read(config.frequencies()), count)));
        scene.note("table", () -> scene.scope().of(table.experts(), table.experts().length));
        scene.note("bucket_total", () -> table.totals(scene.scope()));
        return table.experts();
    }

    private int expert(int id, int[] table, int experts, int block, RandomStream unseen) {
        if (id < table.length && table[id] != ExpertSlots.NONE) {
            if (table[id] < 0 || table[id] >= experts) {
                throw new LatheException(
                        "The hash table sends token id " + id + " to expert " + table[id] + ", but block "
                                + block + " has " + experts + " experts.");
            }
            return table[id];
        }
        return config.assignment() == HashConfig.Assignment.MODULO
                ? id % experts
                : unseen.below(id, experts);
    }
}
