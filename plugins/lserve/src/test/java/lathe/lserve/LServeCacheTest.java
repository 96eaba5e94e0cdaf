package lathe.lserve;

import lathe.spi.Plugin;
import lathe.testkit.KvPolicyContract;

class LServeCacheTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new LServePlugin();
    }

    @Override
    protected String everything() {
        return "staticSparsity = 0";
    }

    @Override
    protected String little() {
        return "staticSparsity = 1, decSink = 4, decLocal = 8";
    }

    @Override
    protected int kept() {
        return 11;
    }
}
