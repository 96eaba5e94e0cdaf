package lathe.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.Test;

class BlocksTest {
    private static final long SIZE = 1L << 20;

    @Test
    void aBlockIsKeptForTheNextOfItsSizeUpToTheLimit() {
        Blocks blocks = new Blocks(SIZE);
        MemorySegment first = blocks.take(SIZE);
        MemorySegment second = blocks.take(SIZE);
        blocks.giveBack(first);
        blocks.giveBack(second);
        MemorySegment third = blocks.take(SIZE - 100);
        assertThat(third.address()).isEqualTo(first.address());
        assertThat(third.byteSize()).isEqualTo(SIZE);
        blocks.giveBack(third);
    }

    @Test
    void sizesAreRoundedToFourStepsAnOctave() {
        assertThat(Blocks.rounded(1)).isEqualTo(64);
        assertThat(Blocks.rounded(SIZE)).isEqualTo(SIZE);
        assertThat(Blocks.rounded(SIZE + 1)).isEqualTo(SIZE + SIZE / 4);
    }
}
