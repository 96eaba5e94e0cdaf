package lathe.blocksparse;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.attention.AttentionPattern;
import lathe.testkit.AttentionContract;

class BlockSparseTest extends AttentionContract {
    @Override
    protected Plugin plugin() {
        return new BlockSparsePlugin();
    }

    @Override
    protected Optional<String> everything() {
        return Optional.of("mask = [[]]");
    }

    @Override
    protected String little() {
        return "block = 16, mask = [[\"1\", \"01\", \"101\", \"0011\", \"01001\", \"100001\", \"0000001\"]]";
    }

    @Test
    void refusesARowOfAMaskThatIsNone() {
        assertThatThrownBy(() -> make(AttentionPattern.class, "mask = [[\"1x\"]]")).hasMessageContaining("'1x'");
    }
}
