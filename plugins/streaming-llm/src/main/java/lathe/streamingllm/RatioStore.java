package lathe.streamingllm;

import lathe.spi.attention.Phase;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;
import lathe.spi.tensor.Scope;
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
    private int promptTokens;

    RatioStore(TokenRing ring, int sinks, double ratio, CacheContext context) {
        this.ring = ring;
        this.sinks = sinks;
        this.ratio = ratio;
        this.context = context;
    }

    @Override
    public KvView view() {
        return ring.view();
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        if (block.phase() == Phase.DECODE) {
            ring.append(block, Integer.MAX_VALUE);
            return;
        }
        promptTokens += block.tokens();
        int kept = (int) (promptTokens * (1 - ratio));
        ring.append(block, Math.max(kept, Math.min(sinks, promptTokens)));
        noteScores(block.keys().size(0), kept);
    }

    /** kvpress scores what stays 1 and what goes 0. */
    private void noteScores(int heads, int kept) {
        try (Scope scope = context.scope().child()) {
            Tensor scores = scope.zeros(heads, promptTokens);
            for (int head = 0; head < heads; head++) {
                for (int token = 0; token < promptTokens; token++) {
                    boolean stays = token < sinks || token >= sinks + promptTokens - kept;
                    scores.set(stays ? 1 : 0, head, token);
                }
            }
            context.note("scores", scores);
        }
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
