package lathe.kivi;

import java.util.List;

import lathe.spi.Plugin;
import lathe.testkit.Retrieval.Task;
import lathe.testkit.RetrievalContract;

class KiviRetrievalTest extends RetrievalContract {
    @Override
    protected Plugin plugin() {
        return new KiviPlugin();
    }

    @Override
    protected List<Trial> trials() {
        return List.of(new Trial(Task.KV_AWARE, "kivi-2", "kivi", "kBits = 2, vBits = 2"));
    }
}
