package lathe.fastgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

class AttentionHistoryTest {
    private static final int WINDOW = 64;
    private static final int PART = 4;

    private static float attention(int step, int slot) {
        return (float) (1 + Math.sin(step * 0.7 + slot));
    }

    @Test
    void averagesTheRecordsSinceATokenCameWithinTheWindow() {
        AttentionHistory history = new AttentionHistory(WINDOW, false);
        for (int step = 0; step < 200; step++) {
            int now = step;
            int slots = Math.min(3 + step, 9);
            float[] record = new float[slots];
            IntStream.range(0, slots).forEach(slot -> record[slot] = attention(now, slot));
            history.add(record);
            int held = step < WINDOW ? step + 1 : WINDOW - (PART - 1 - step % PART);
            double[] means = history.means(slots);
            for (int slot = 0; slot < slots; slot++) {
                int came = Math.max(0, slot - 2);
                int token = slot;
                double mean = IntStream.rangeClosed(Math.max(came, step + 1 - held), step)
                        .mapToDouble(past -> attention(past, token)).average().orElseThrow();
                assertThat(means[slot]).as("step %d, slot %d", step, slot).isCloseTo(mean, within(1e-5));
            }
        }
        assertThat(history.bytes()).isLessThanOrEqualTo(9 * (16 + 1) * Float.BYTES);
    }

    @Test
    void forgetsWhatASlotHadWhenItIsGivenUp() {
        AttentionHistory history = new AttentionHistory(WINDOW, false);
        history.add(new float[] {0.1f, 0.2f, 0.7f});
        history.remove(1);
        history.add(new float[] {0.3f, 0.3f, 0.4f});
        assertThat(history.means(3)).containsExactly(new double[] {0.2, 0.5, 0.4}, within(1e-6));
    }

    @Test
    void letsATokenInheritAsTheReproductionDoes() {
        AttentionHistory history = new AttentionHistory(WINDOW, true);
        history.add(new float[] {0.1f, 0.2f, 0.7f});
        history.remove(1);
        history.add(new float[] {0.3f, 0.3f, 0.4f, 0.6f});
        assertThat(history.means(4)).containsExactly(new double[] {0.2, 0.5, 0.3, 0.3}, within(1e-6));
    }
}
