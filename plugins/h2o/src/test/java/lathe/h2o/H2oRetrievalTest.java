package lathe.h2o;

import java.util.List;

import lathe.spi.Plugin;
import lathe.testkit.Retrieval.Task;
import lathe.testkit.RetrievalContract;

class H2oRetrievalTest extends RetrievalContract {
    @Override
    protected Plugin plugin() {
        return new H2oPlugin();
    }

    @Override
    protected List<Trial> trials() {
        return List.of(new Trial(Task.KV_AWARE, "h2o@0.5", "h2o", "compressionRatio = 0.5, whileDecoding = false"));
    }
}
