package lathe.fastgen;

import java.util.ArrayList;
import java.util.List;

import lathe.fastgen.HeadPolicy.TokenSort;
import lathe.spi.LatheException;
import lathe.spi.attention.Phase;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.ExactTokens;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.kv.PlainSegment;
import lathe.spi.kv.TokenClasses;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/** The cache of one layer: a list of its own for every key/value head. */
final class FastGenStore implements KvStore {
    private final FastGenConfig config;
    private final LayerInfo layer;
    private final CacheContext context;
    private final TokenClasses classes;
    private final Scope scope;
    private final List<HeadCache> heads = new ArrayList<>();
    private final List<TokenSort> sorts = new ArrayList<>();
    private final ExactTokens queries;
    private int tokens;
    private boolean profiled;

    FastGenStore(FastGenConfig config, LayerInfo layer, CacheContext context) {
        this.config = config;
        this.layer = layer;
        this.context = context;
        this.classes = context.tokenClasses().orElseThrow(() -> new LatheException("FastGen keeps special tokens and "
                + "punctuation, but the model was opened without its tokenizer."));
        this.scope = context.scope().child();
        for (int head = 0; head < layer.kvHeads(); head++) {
            heads.add(new HeadCache(config, layer, context.elementType(), scope));
        }
        this.queries = new ExactTokens(layer.heads(), layer.headDim(), DataType.F32, scope);
    }

    private TokenSort sort(int token) {
        return new TokenSort(classes.special(token), classes.punctuation(token));
    }

    @Override
    public Observation observes(Phase phase, int incoming) {
        boolean frequent = heads.stream().anyMatch(head -> head.policy().frequent());
        return new Observation(profiled && frequent ? incoming : 0, false);
    }

    @Override
    public void prepare(int[] incoming) {
        if (profiled && incoming.length == 1) {
            heads.forEach(head -> head.prepare(tokens, sort(incoming[0])));
        }
    }

    @Override
    public KvView view() {
        if (tokens == 0) {
            return KvView.EMPTY;
        }
        return new KvView(List.of(new PlainSegment(
                heads.stream().map(HeadCache::keys).toList(),
                heads.stream().map(HeadCache::values).toList(),
                heads.stream().map(HeadCache::positions).toList())));
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        for (int token = 0; token < block.tokens(); token++) {
            sorts.add(sort(block.tokenIds()[token]));
        }
        int[] before = heads.stream().mapToInt(HeadCache::tokens).toArray();
        if (profiled && block.tokens() == 1) {
            store(block, 0, observed, before);
        } else if (profiled) {
            // Several tokens at once have attended to all that was there; they then come in one by one.
            for (int token = 0; token < block.tokens(); token++) {
                int position = block.positions()[token];
                TokenSort sort = sorts.get(position);
                heads.forEach(head -> head.prepare(position, sort));
                store(block, token, Observed.NOTHING, before);
            }
        } else {
            queries.add(block.queries());
            for (int head = 0; head < heads.size(); head++) {
                heads.get(head).add(block.keys().row(head), block.values().row(head), block.positions(),
                        sorts.subList(tokens, tokens + block.tokens()));
            }
        }
        tokens += block.tokens();
    }

    private void store(KvBlock block, int token, Observed observed, int[] before) {
        int position = block.positions()[token];
        for (int head = 0; head < heads.size(); head++) {
            HeadCache cache = heads.get(head);
            if (cache.takesNext()) {
                cache.add(block.keys().row(head).slice(0, token, token + 1),
                        block.values().row(head).slice(0, token, token + 1), new int[] {position},
                        List.of(sorts.get(position)));
            }
            int kvHead = head;
            observed.lastRows().ifPresent(rows -> cache.record(attention(rows, kvHead, before[kvHead], cache)));
        }
    }

    /** Mean over the group's heads of the newest query's attention to what is stored. */
    private float[] attention(Tensor rows, int kvHead, int before, HeadCache cache) {
        float[] mean = new float[cache.tokens()];
        float[] row = new float[rows.size(2)];
        for (int member = 0; member < layer.groupSize(); member++) {
            rows.row(kvHead * layer.groupSize() + member).copyRow(rows.size(1) - 1, row);
            for (int slot = 0; slot < mean.length; slot++) {
                mean[slot] += row[Math.min(slot, before)] / layer.groupSize();
            }
        }
        return mean;
    }

    @Override
    public void endPrompt() {
        if (profiled) {
            return;
        }
        profiled = true;
        List<HeadPolicy> policies = config.heads();
        int length = config.maxCacheLength().or(context::expectedTokens).orElse(tokens);
        int[] chosen = new int[heads.size()];
        for (int head = 0; head < heads.size(); head++) {
            HeadProfile profile = profile(head);
            chosen[head] = config.fixed().isEmpty()
                    ? profile.choose()
                    : config.fixed().get(config.fixed().size() == 1 ? 0 : head);
            HeadPolicy policy = policies.get(chosen[head]);
            fill(heads.get(head), policy, profile, profile.lastRow(chosen[head], length), length);
        }
        queries.drop(tokens);
        context.note("policy", () -> scope.of(chosen, chosen.length));
    }

    private HeadProfile profile(int head) {
        int window = PromptMass.window(config.local(), tokens);
        try (Scope local = scope.child()) {
            Tensor keys = local.zeros(layer.kvHeads(), tokens, layer.headDim());
            keys.row(head).assign(heads.get(head).keys());
            PromptMass mass = PromptMass.of(layer, queries.first(tokens), keys, head, window, local);
            return new HeadProfile(config, sorts, mass);
        }
    }

    private static void fill(HeadCache cache, HeadPolicy policy, HeadProfile profile, boolean[] lastRow, int length) {
        int[] kept = Selection.indices(lastRow);
        float[] scores = new float[kept.length];
        for (int i = 0; i < kept.length; i++) {
            scores[i] = (float) profile.score(kept[i]);
        }
        cache.follow(policy, lastRow, scores, length);
    }

    @Override
    public long bytes() {
        return heads.stream().mapToLong(HeadCache::bytes).sum() + queries.bytes();
    }

    @Override
    public void close() {
        heads.forEach(HeadCache::close);
        scope.close();
    }
}
