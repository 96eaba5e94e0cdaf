package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import lathe.spi.attention.Phase;
import lathe.spi.graph.LanguageModel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A sequence that grows through its cache. The first call of {@link #advance} brings the whole prompt; a prompt in chunks
 * comes by {@link #prefill}. Not safe for use by several threads.
 */
public final class CachedSession implements LanguageModel.Session {
    private final RunnableModel model;
    private final Scope memory;
    private final SequenceState state;
    private int length;
    private boolean promptEnded;

    CachedSession(RunnableModel model, Scope memory, SequenceState state) {
        this.model = requireNonNull(model, "model is null");
        this.memory = requireNonNull(memory, "memory is null");
        this.state = requireNonNull(state, "state is null");
    }

    @Override
    public Tensor advance(int[] tokens, Scope target) {
        return run(segment(tokens, length + tokens.length), target);
    }

    /**
     * Takes a chunk of the prompt in.
     *
     * @param chunk  its tokens
     * @param prompt tokens of the whole prompt: by it frequencies are chosen that depend on the length, and the cache
     *               policy acts when so many have come
     * @param target where the result lives
     * @return [vocabulary] logits of the chunk's last token
     */
    public Tensor prefill(int[] chunk, int prompt, Scope target) {
        if (promptEnded) {
            throw new IllegalStateException("The prompt has ended already; new tokens come by advance.");
        }
        return run(segment(chunk, prompt), target);
    }

    /**
     * Tokens taken in so far.
     *
     * @return the position of the next token
     */
    public int length() {
        return length;
    }

    /**
     * Cache and attention of the sequence.
     *
     * @return the state, with its counters
     */
    public SequenceState state() {
        return state;
    }

    @Override
    public long cacheBytes() {
        return state.cacheBytes();
    }

    @Override
    public void close() {
        state.close();
        memory.close();
    }

    /** The tokens as they enter a pass; prompt tokens until the prompt has ended. */
    Segment segment(int[] tokens, int prompt) {
        int end = length + tokens.length;
        int[] positions = IntStream.range(length, end).toArray();
        Optional<SequenceState> kept = Optional.of(state);
        return promptEnded
                ? new Segment(tokens, positions, end, Phase.DECODE, false, kept)
                : new Segment(tokens, positions, Math.max(end, prompt), Phase.PREFILL, end >= prompt, kept);
    }

    void advanced(Segment segment) {
        length += segment.rows();
        promptEnded |= segment.promptEnds();
    }

    private Tensor run(Segment segment, Scope target) {
        Tensor logits = model.transformer().lastLogits(model.pass(List.of(segment)), target);
        advanced(segment);
        return logits.row(0);
    }
}
