package lathe.fullcache;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.kv.KvPolicy;
import lathe.testkit.KvPolicyContract;

class FullCacheTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new FullCachePlugin();
    }

    @Override
    protected String everything() {
        return "";
    }

    @Override
    protected String little() {
        return "";
    }

    @Override
    protected int kept() {
        return 40;
    }

    @Override
    protected boolean evictsWhileDecoding() {
        return false;
    }

    @Override
    protected boolean savesMemory() {
        return false;
    }

    @Test
    void refusesABudgetThatItWouldNotKeep() {
        assertThatThrownBy(() -> make(KvPolicy.class, "budget = 12")).hasMessageContaining("budget");
    }
}
