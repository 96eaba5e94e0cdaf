package lathe.randomeviction;

import lathe.spi.Plugin;
import lathe.testkit.KvPolicyContract;

class RandomEvictionTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new RandomEvictionPlugin();
    }

    @Override
    protected String everything() {
        return "budget = 100";
    }

    @Override
    protected String little() {
        return "budget = 12";
    }

    @Override
    protected int kept() {
        return 12;
    }
}
