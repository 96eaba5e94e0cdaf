package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

import lathe.spi.Default;
import lathe.spi.LatheException;
import lathe.spi.Range;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.graph.MetricScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * How many times as fast as the reference a model is, both measured in turn: a prompt of one and a prompt of the other, or some
 * tokens of a sequence of one and as many of the other's, each going first every second time. A machine whose speed changes from
 * one second to the next moves both times alike, and their ratio little; numbers of {@link Speed}, which are taken minutes
 * apart, it moves by a factor of two. A pair of prompts or of sequences gives one ratio; the value is their median, with the
 * 95 % interval of {@link Intervals#ofMedian}, which is of this process: another, for which the compiler has made other code,
 * may lie outside of it. The reference itself gets no number.
 */
public final class Speedup implements Metric {
    /**
     * Prompts in turn.
     *
     * @param prompt tokens of a prompt
     * @param runs   how many pairs of them; an interval needs six
     */
    public record Prefill(@Default("512") @Range("[1, inf)") int prompt, @Default("12") @Range("[1, inf)") int runs) {}

    /**
     * New tokens in turn.
     *
     * @param prompt   tokens before the first new one
     * @param generate new tokens of a sequence; 33 of one model take turns with 33 of the other
     * @param runs     how many pairs of sequences; an interval needs six
     */
    public record Decode(
            @Default("512") @Range("[1, inf)") int prompt,
            @Default("132") @Range("[33, inf)") int generate,
            @Default("8") @Range("[1, inf)") int runs) {}

    /**
     * Tokens of a turn. The first is not counted: it finds what the other model has left in the processor's caches. An odd
     * number, so that what a method does every 32 or 64 tokens does not always meet that one.
     */
    private static final int TURN = 33;

    private final String name;
    private final int promptLength;
    private final int generate;
    private final int runs;
    private final LongSupplier clock;

    private Speedup(String name, int promptLength, int generate, int runs, LongSupplier clock) {
        this.name = name;
        this.promptLength = promptLength;
        this.generate = generate;
        this.runs = runs;
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Of prompts. */
    static Speedup of(Prefill settings, LongSupplier clock) {
        return new Speedup("prefill-speedup", settings.prompt(), 0, settings.runs(), clock);
    }

    /** Of new tokens. */
    static Speedup of(Decode settings, LongSupplier clock) {
        return new Speedup("decode-speedup", settings.prompt(), settings.generate(), settings.runs(), clock);
    }

    @Override
    public boolean wantsQuiet() {
        return true;
    }

    @Override
    public boolean isRelative() {
        return true;
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        return scene.reference().map(reference -> measure(scene, reference)).stream().toList();
    }

    private Measurement measure(MetricScene scene, LanguageModel reference) {
        if (scene.tokens().length < promptLength) {
            throw new LatheException("The text has " + scene.tokens().length + " tokens, too few for a prompt of "
                    + promptLength + ".");
        }
        int[] prompt = Arrays.copyOf(scene.tokens(), promptLength);
        Turns turns = new Turns(clock);
        turns.warmUp(() -> run(turns, scene, reference, prompt));
        for (int i = 0; i < runs; i++) {
            turns.count(() -> run(turns, scene, reference, prompt));
            scene.progress().update(i + 1, runs, name);
        }
        return turns.measurement(name, "prompt-" + promptLength + (generate == 0 ? "" : "-generate-" + generate));
    }

    private void run(Turns turns, MetricScene scene, LanguageModel reference, int[] prompt) {
        if (generate == 0) {
            turns.take(() -> prompt(scene.subject(), scene.scope(), prompt),
                    () -> prompt(reference, scene.scope(), prompt));
            return;
        }
        try (Sequence one = new Sequence(scene.subject(), scene.scope(), prompt);
                Sequence other = new Sequence(reference, scene.scope(), prompt)) {
            for (int i = 0; i < generate / TURN; i++) {
                turns.take(one::turn, other::turn);
            }
        }
    }

    /** Nanoseconds of a prompt. */
    private long prompt(LanguageModel model, Scope scope, int[] prompt) {
        try (LanguageModel.Session session = model.openFor(prompt.length + 1)) {
            long start = clock.getAsLong();
            advance(session, scope, prompt);
            return clock.getAsLong() - start;
        }
    }

    private static int advance(LanguageModel.Session session, Scope scope, int[] tokens) {
        try (Scope local = scope.child()) {
            Tensor logits = session.advance(tokens, local);
            return logits.in(local).topK(1).toInts()[0];
        }
    }

    /** One model's sequence, greedily continued. */
    private final class Sequence implements AutoCloseable {
        private final LanguageModel.Session session;
        private final Scope scope;
        private int token;

        Sequence(LanguageModel model, Scope scope, int[] prompt) {
            this.session = model.openFor(prompt.length + generate);
            this.scope = scope;
            this.token = advance(session, scope, prompt);
        }

        /** Nanoseconds of the tokens that count. */
        long turn() {
            next();
            long start = clock.getAsLong();
            for (int i = 1; i < TURN; i++) {
                next();
            }
            return clock.getAsLong() - start;
        }

        private void next() {
            token = advance(session, scope, new int[] {token});
        }

        @Override
        public void close() {
            session.close();
        }
    }
}
