package lathe.snapkv;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.kv.Evictor;
import lathe.testkit.KvPolicyContract;

class SnapKvTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new SnapKvPlugin();
    }

    @Override
    protected String everything() {
        return "compressionRatio = 0, window = 8";
    }

    @Override
    protected String little() {
        return "budget = 16, window = 8";
    }

    @Override
    protected int kept() {
        return 16;
    }

    @Test
    void refusesAKernelWithoutAMiddle() {
        assertThatThrownBy(() -> make(Evictor.class, "kernel = 4")).hasMessageContaining("no middle");
    }
}
