package lathe.kivi;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.kv.KvPolicy;
import lathe.testkit.KvPolicyContract;

class KiviTest extends KvPolicyContract {
    @Override
    protected Plugin plugin() {
        return new KiviPlugin();
    }

    @Override
    protected String everything() {
        return "kBits = 8, vBits = 8, group = 8, residual = 16";
    }

    @Override
    protected String little() {
        return "kBits = 2, vBits = 2, group = 8, residual = 8";
    }

    @Override
    protected int kept() {
        return 40;
    }

    @Override
    protected boolean evictsWhileDecoding() {
        return false; // all tokens stay, in fewer bits
    }

    @Override
    protected double tolerance() {
        return 0.05; // eight bits over a range of about six
    }

    @Test
    void refusesAResidualThatGroupsDoNotDivide() {
        assertThatThrownBy(() -> make(KvPolicy.class, "group = 32, residual = 48"))
                .hasMessageContaining("cannot be cut into groups of 32");
    }
}
