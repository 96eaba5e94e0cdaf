package lathe.streamingllm;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings {@code streaming-llm} twice: as an attention pattern and as a cache policy. */
public final class StreamingLlmPlugin implements Plugin {
    private static final String PAPER = "arXiv:2309.17453";
    private static final String TITLE = "Efficient Streaming Language Models with Attention Sinks";

    @Override
    public List<Method<?>> methods() {
        return List.of(
                Method.attention("streaming-llm", SinkWindowConfig.class, SinkWindowPattern::new)
                        .cites(PAPER, TITLE)
                        .summary("Every query reads the first tokens (sinks) and a window of the last ones.")
                        .example(
                                "served { serve = dense, attention { use = streaming-llm, sinks = 4, window = 256 } }"),
                Method.kvPolicy("streaming-llm", StreamingCacheConfig.class, StreamingCache::new)
                        .cites(PAPER, TITLE)
                        .summary("Keeps the first tokens (sinks) and the last ones, at positions within the cache.")
                        .example("served { serve = dense, cache { use = streaming-llm, sinks = 4, recent = 252 } }"));
    }
}
