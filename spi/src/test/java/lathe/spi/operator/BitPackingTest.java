package lathe.spi.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BitPackingTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void readsBackWhatItPacked(int bits) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int count : new int[] {1, 7, 31, 32, 33, 100}) {
            int[] codes = random.ints(count, 0, 1 << bits).toArray();
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment packed = arena.allocate(BitPacking.rowBytes(count, bits) + 4L);
                BitPacking.packRow(codes, count, bits, packed, 4);
                int[] read = new int[count];
                BitPacking.unpackRow(packed, 4, count, bits, read);
                assertThat(read).as("seed %d", seed).isEqualTo(codes);
            }
        }
    }

    @Test
    void putsTheFirstCodeIntoTheLowestBits() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment packed = arena.allocate(4);
            BitPacking.packRow(new int[] {1, 2, 3}, 3, 4, packed, 0);
            assertThat(packed.get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isEqualTo(0x321);
        }
    }

    @Test
    void takesExactlyTheBitsThatItSaysRoundedToWords() {
        assertThat(BitPacking.rowBytes(64, 3)).isEqualTo(24);
        assertThat(BitPacking.rowBytes(65, 3)).isEqualTo(28);
    }

    @Test
    void refusesACodeThatDoesNotFit() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment packed = arena.allocate(8);
            assertThatThrownBy(() -> BitPacking.packRow(new int[] {0, 8}, 2, 3, packed, 0))
                    .hasMessage("Code 8 at 1 does not fit 3 bits.");
        }
    }
}
