package lathe.tova;

import lathe.spi.Plugin;
import lathe.testkit.KvPolicyContract;

class TovaTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new TovaPlugin();
    }

    @Override
    protected String everything() {
        return "cacheSize = 100";
    }

    @Override
    protected String little() {
        return "cacheSize = 12";
    }

    @Override
    protected int kept() {
        return 12;
    }
}
