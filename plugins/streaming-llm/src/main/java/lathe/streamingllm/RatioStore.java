package lathe.streamingllm;

import lathe.spi.kv.Budget;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KeyForm;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;

/**
 * Of a prompt of n tokens floor(n * (1 - ratio)), or a budget, stay: the sinks and the last ones, at their positions in the
 * text or rotated to positions without gaps. New tokens join them or push the oldest out. A prompt that comes in chunks
 * ends with the same tokens.
 */
final class RatioStore implements KvStore {
    private final TokenRing ring;
    private final int sinks;
    private final Budget budget;
    private final CacheContext context;
    private final LayerInfo layer;
    private boolean promptEnded;
    private int limit = Integer.MAX_VALUE;

    RatioStore(TokenRing ring, int sinks, Budget budget, LayerInfo layer, CacheContext context) {
        this.ring = ring;
        this.sinks = sinks;
        this.budget = budget;
        this.layer = layer;
        this.context = context;
    }

    @Override
    public KeyForm keyForm() {
        return budget.rerotate() && layer.rotary().isPresent() ? KeyForm.SLOT_POSITIONS : KeyForm.ROTATED;
    }

    @Override
    public KvView view() {
        return ring.view();
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        ring.append(block, limit);
    }

    @Override
    public void endPrompt() {
        if (promptEnded) {
            return;
        }
        promptEnded = true;
        int tokens = ring.size();
        int wanted = Math.max(budget.of(tokens), sinks);
        int kept = Math.min(wanted, tokens);
        ring.trim(kept);
        limit = budget.evictsWhileDecoding() ? wanted : Integer.MAX_VALUE;
        context.note("scores", () -> scores(tokens, kept));
    }

    /** kvpress scores what stays 1 and what goes 0. */
    private Tensor scores(int tokens, int kept) {
        Tensor scores = context.scope().zeros(layer.kvHeads(), tokens);
        for (int head = 0; head < layer.kvHeads(); head++) {
            for (int token = 0; token < tokens; token++) {
                boolean stays = token < sinks || token >= sinks + tokens - kept;
                scores.set(stays ? 1 : 0, head, token);
            }
        }
        return scores;
    }

    @Override
    public long bytes() {
        return ring.bytes();
    }

    @Override
    public void close() {
        ring.close();
    }
}
