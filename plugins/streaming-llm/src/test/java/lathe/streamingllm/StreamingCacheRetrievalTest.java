package lathe.streamingllm;

import java.util.List;

import lathe.spi.Plugin;
import lathe.testkit.Retrieval.Task;
import lathe.testkit.RetrievalContract;

class StreamingCacheRetrievalTest extends RetrievalContract {
    @Override
    protected Plugin plugin() {
        return new StreamingLlmPlugin();
    }

    @Override
    protected List<Trial> trials() {
        return List.of(
                new Trial(Task.KV_AWARE, "streaming-llm@0.5", "streaming-llm", "compressionRatio = 0.5, sinks = 4"));
    }
}
