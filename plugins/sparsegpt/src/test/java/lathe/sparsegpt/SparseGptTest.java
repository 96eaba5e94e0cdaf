package lathe.sparsegpt;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.weight.Pruner;
import lathe.testkit.PrunerContract;

class SparseGptTest extends PrunerContract {
    @Override
    protected Plugin plugin() {
        return new SparseGptPlugin();
    }

    @Override
    protected long zeros(int rows, int columns, double sparsity) {
        long zeros = 0;
        for (int from = 0; from < columns; from += 128) {
            zeros += (int) (sparsity * rows * Math.min(128, columns - from)) + 1;
        }
        return zeros;
    }

    @Override
    protected boolean correctsSurvivors() {
        return true;
    }

    @Override
    protected boolean cutsRowsExactly() {
        return false;
    }

    @Test
    void refusesColumnBlocksThatCutGroups() {
        assertThatThrownBy(() -> make(Pruner.class, "pattern = \"4:8\", blocksize = 100"))
                .hasMessageContaining("cuts groups of 4:8");
    }
}
