package lathe.expectedattention;

import lathe.spi.Plugin;
import lathe.testkit.KvPolicyContract;

class ExpectedAttentionTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new ExpectedAttentionPlugin();
    }

    @Override
    protected String everything() {
        return "budget = 100, nFuturePositions = 16";
    }

    @Override
    protected String little() {
        return "budget = 12, nFuturePositions = 16";
    }

    @Override
    protected int kept() {
        return 12;
    }
}
