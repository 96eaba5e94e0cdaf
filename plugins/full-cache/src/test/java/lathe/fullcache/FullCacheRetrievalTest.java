package lathe.fullcache;

import java.util.List;

import lathe.spi.Plugin;
import lathe.testkit.Retrieval.Task;
import lathe.testkit.RetrievalContract;

class FullCacheRetrievalTest extends RetrievalContract {
    @Override
    protected Plugin plugin() {
        return new FullCachePlugin();
    }

    @Override
    protected List<Trial> trials() {
        return List.of(new Trial(Task.KV_AWARE, "full", "full", "{}"));
    }
}
