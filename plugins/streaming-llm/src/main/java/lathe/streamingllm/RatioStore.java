package lathe.streamingllm;

import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;
import lathe.spi.tensor.Tensor;

/**
 * Of a prompt of n tokens floor(n * (1 - ratio)) stay: the sinks and the last ones, at their positions in the text. New
 * tokens join them. A prompt that comes in chunks ends with the same tokens.
 */
final class RatioStore implements KvStore {
    private final TokenRing ring;
    private final int sinks;
    private final double ratio;
    private final CacheContext context;
    private final int heads;
    private boolean promptEnded;

    RatioStore(TokenRing ring, int sinks, double ratio, int heads, CacheContext context) {
        this.ring = ring;
        this.sinks = sinks;
        this.ratio = ratio;
        this.heads = heads;
        this.context = context;
    }

    @Override
    public KvView view() {
        return ring.view();
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        ring.append(block, Integer.MAX_VALUE);
    }

    @Override
    public void endPrompt() {
        if (promptEnded) {
            return;
        }
        promptEnded = true;
        int tokens = ring.size();
        int kept = Math.max((int) (tokens * (1 - ratio)), Math.min(sinks, tokens));
        ring.trim(kept);
        context.note("scores", () -> scores(tokens, kept));
    }

    /** kvpress scores what stays 1 and what goes 0. */
    private Tensor scores(int tokens, int kept) {
        Tensor scores = context.scope().zeros(heads, tokens);
        for (int head = 0; head < heads; head++) {
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
