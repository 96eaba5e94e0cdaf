package lathe.rsq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.weight.Quantizer;
import lathe.testkit.QuantizerContract;

class RsqTest extends QuantizerContract {
    @Override
    protected Plugin plugin() {
        return new RsqPlugin();
    }

    /** One grid a row, whatever the size of groups elsewhere. */
    @Override
    protected String at(int bits, int group) {
        return "bits = " + bits;
    }

    @Override
    protected boolean isAsGoodAsRounding() {
        return false;
    }

    /** A rotation is of the whole model. */
    @Override
    protected String targeted() {
        return "rotateMode = none";
    }

    @Test
    void expandsEverySequenceToRolledCopiesOfItsTokens() {
        List<int[]> expanded = make(Quantizer.class, "expandFactor = 4").calibration(
                List.of(new int[] {1, 2, 3, 4, 5, 6, 7, 8}, new int[] {9, 9, 8, 7}));
        assertThat(expanded).hasSize(8);
        assertThat(expanded.get(1)).containsExactly(7, 8, 1, 2, 3, 4, 5, 6);
        for (int k = 0; k < 4; k++) {
            int[] sorted = expanded.get(4 + k).clone();
            Arrays.sort(sorted);
            assertThat(sorted).containsExactly(7, 8, 9, 9);
        }
    }

    @Test
    void refusesARangeWithoutRoomAndChunksThatAreNone() {
        assertThatThrownBy(() -> make(Quantizer.class, "rMin = 2, rMax = 1")).hasMessageContaining("rMin");
        assertThatThrownBy(() -> make(Quantizer.class, "chunks = 2, chosenChunks = [2]")).hasMessageContaining("chunk");
    }
}
