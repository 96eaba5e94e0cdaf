package lathe.models.evaluation;

import java.util.List;

import lathe.spi.Method;

/** The metrics that every installation has. */
public final class BuiltInMetrics {
    private BuiltInMetrics() {}

    /**
     * All metrics as methods, to be registered beside those of plugins.
     *
     * @return perplexity, kl, top1-agreement, loss-difference, perplexity-ratio, accuracy, bytes, bits-per-weight, peak-bytes, prefill-speed, decode-speed,
     *         time-to-first-token, cache-bytes, prefill-speedup, decode-speedup
     */
    public static List<Method<?>> methods() {
        return List.of(
                Method.metric("perplexity", Perplexity.Settings.class, Perplexity::new)
                        .summary("exp of the mean loss of the next token, windowed, strided or through the cache."),
                Method.metric("kl", ReferenceDistance.Settings.class,
                        settings -> new ReferenceDistance(settings, ReferenceDistance.Distance.KL))
                        .summary("Mean KL divergence of the first subject's predictions from this one's, in nats."),
                Method.metric("top1-agreement", ReferenceDistance.Settings.class,
                        settings -> new ReferenceDistance(settings, ReferenceDistance.Distance.TOP1))
                        .summary("Fraction of positions where the best token is the first subject's."),
                Method.metric("loss-difference", PairedLoss.Settings.class,
                        settings -> new PairedLoss(settings, PairedLoss.Of.DIFFERENCE))
                        .summary("Mean loss of the next token less the first subject's, with the interval of pairs."),
                Method.metric("perplexity-ratio", PairedLoss.Settings.class,
                        settings -> new PairedLoss(settings, PairedLoss.Of.RATIO))
                        .summary("Perplexity over the first subject's, with the interval of pairs."),
                Method.metric("accuracy", QuestionAccuracy.Settings.class, QuestionAccuracy::new)
                        .summary("Fraction of a task's questions that are answered right through the cache."),
                Method.metric("word-perplexity", RollingPerplexity.Settings.class, RollingPerplexity::new)
                        .summary("Loss of every token of every document a word, a byte, and in bits a byte."),
                Method.metric("multiple-choice", ChoiceAccuracy.Settings.class, ChoiceAccuracy::new)
                        .summary("Given answers by their likelihood: acc and acc_norm."),
                Method.metric("mqar", RecallAccuracy.Settings.class, RecallAccuracy::new)
                        .summary("Multi-query associative recall of token ids, for models trained on it.")
                        .cites("arXiv:2312.04927",
                                "Zoology: Measuring and Improving Recall in Efficient Language Models"),
                Method.metric("bytes", Size.Settings.class, settings -> new Size(Size.Of.BYTES))
                        .summary("Bytes of all weights as they are stored."),
                Method.metric("bits-per-weight", Size.Settings.class, settings -> new Size(Size.Of.BITS_PER_WEIGHT))
                        .summary("Stored bits of a weight over the linears inside blocks."),
                Method.metric("peak-bytes", Memory.Settings.class, Memory::new)
                        .summary("Most bytes of weights, cache and heap while a sequence runs."),
                speed("prefill-speed", Speed.Of.PREFILL, "Prompt tokens a second."),
                speed("decode-speed", Speed.Of.DECODE, "New tokens a second of one sequence."),
                speed("time-to-first-token", Speed.Of.FIRST_TOKEN, "Seconds from the prompt to the first new token."),
                speed("cache-bytes", Speed.Of.CACHE_BYTES, "Bytes of the cache after prompt and new tokens."),
                Method.metric("prefill-speedup", Speedup.Prefill.class,
                        settings -> Speedup.of(settings, System::nanoTime))
                        .summary("How many times as fast a prompt is as the first subject's, measured in turn."),
                Method.metric("decode-speedup", Speedup.Decode.class,
                        settings -> Speedup.of(settings, System::nanoTime))
                        .summary("How many times as fast new tokens are as the first subject's, measured in turn."));
    }

    private static Method<Speed.Settings> speed(String id, Speed.Of what, String summary) {
        return Method.metric(id, Speed.Settings.class, settings -> new Speed(settings, what)).summary(summary);
    }
}
