package lathe.h2o;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.kv.Budget;
import lathe.spi.kv.Evictor;
import lathe.testkit.KvPolicyContract;

class H2oTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new H2oPlugin();
    }

    @Override
    protected String everything() {
        return "heavy = 60, recent = 40";
    }

    @Override
    protected String little() {
        return "heavy = 5, recent = 6";
    }

    @Override
    protected int kept() {
        return 11;
    }

    @Test
    void dividesACommonBudgetAsTheRatiosAre() {
        H2oConfig config = new H2oConfig(Optional.empty(), Optional.empty(), 0.1, 0.3);
        Budget budget = new Budget(0, Optional.of(40), Optional.empty(), false);
        assertThat(config.sizes(budget, 1000)).isEqualTo(new H2oConfig.Sizes(10, 30));
    }

    @Test
    void takesItsSizesFromThePrompt() {
        H2oConfig config = new H2oConfig(Optional.empty(), Optional.empty(), 0.2, 0.1);
        assertThat(config.sizes(Budget.FULL, 72)).isEqualTo(new H2oConfig.Sizes(14, 7));
    }

    @Test
    void refusesToKeepNothing() {
        assertThatThrownBy(() -> make(Evictor.class, "heavy = 0, recent = 0")).hasMessageContaining("h2o");
    }
}
