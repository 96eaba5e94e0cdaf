package lathe.adakv;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;

import org.junit.jupiter.api.Test;

import lathe.knorm.KnormPlugin;
import lathe.snapkv.SnapKvPlugin;
import lathe.spi.Plugin;
import lathe.spi.kv.Evictor;
import lathe.testkit.KvPolicyContract;

class AdaKvTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new AdaKvPlugin();
    }

    @Override
    protected String everything() {
        return "budget = 100, base = knorm";
    }

    @Override
    protected String little() {
        return "budget = 12, base = knorm";
    }

    @Override
    protected int kept() {
        return 12;
    }

    @Override
    protected List<Plugin> companions() {
        return List.of(new KnormPlugin(), new SnapKvPlugin());
    }

    @Test
    void refusesAnUnknownBaseByName() {
        assertThatThrownBy(() -> make(Evictor.class, "base = snapvk")).hasMessageContaining("snapvk");
    }
}
