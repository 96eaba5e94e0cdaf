package lathe.spi.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ExpertSlotsTest {
    /** Token t goes to the experts of row t with weights 1, 2, ... */
    private static ExpertSlots slots(int experts, int[]... rows) {
        ExpertSlots slots = new ExpertSlots(rows.length, rows[0].length, experts);
        for (int token = 0; token < rows.length; token++) {
            for (int choice = 0; choice < rows[token].length; choice++) {
                if (rows[token][choice] >= 0) {
                    slots.put(token, choice, rows[token][choice], choice + 1);
                }
            }
        }
        return slots;
    }

    @Test
    void whoAsksLaterLosesItsPlace() {
        ExpertSlots slots = slots(3, new int[] {0}, new int[] {1}, new int[] {0}, new int[] {0});
        int[] places = slots.limit(new int[] {2}, new int[] {4}, SlotOrder.byPosition(4));
        assertThat(places).containsExactly(0, 0, 1, -1);
        assertThat(slots.column(0)).containsExactly(0, 1, 0, -1);
        assertThat(slots.weights()).containsExactly(1, 1, 1, 0);
        assertThat(slots.load()).containsExactly(2, 1, 0);
        assertThat(slots.used()).isEqualTo(3);
    }

    @Test
    void everySequenceHasPlacesOfItsOwn() {
        ExpertSlots slots = slots(2, new int[] {0}, new int[] {0}, new int[] {0}, new int[] {0});
        int[] places = slots.limit(new int[] {1, 2}, new int[] {2, 2}, SlotOrder.byPosition(4));
        assertThat(places).containsExactly(0, -1, 0, 1);
    }

    @Test
    void firstChoicesTakeTheirPlacesBeforeSecondOnes() {
        ExpertSlots slots = slots(2, new int[] {1, 0}, new int[] {0, 1});
        slots.limit(new int[] {1}, new int[] {2}, SlotOrder.firstChoicesFirst(SlotOrder.byPosition(2), 2));
        assertThat(slots.column(0)).containsExactly(1, 0);
        assertThat(slots.column(1)).containsExactly(-1, -1);
        assertThat(SlotOrder.firstChoicesFirst(new int[] {2, 0, 1}, 2)).containsExactly(4, 0, 2, 5, 1, 3);
    }

    @Test
    void equalKeysAskByTheirIndex() {
        assertThat(SlotOrder.byDescending(new float[] {1, 3, 1, 3, 2})).containsExactly(1, 3, 4, 0, 2);
    }

    @Test
    void weightsOfATokenSumToOneAndEmptyOnesStayEmpty() {
        ExpertSlots slots = slots(4, new int[] {3, 1}, new int[] {-1, 2}, new int[] {-1, -1});
        slots.normalise(0);
        assertThat(slots.weights()).containsExactly(new float[] {1 / 3f, 2 / 3f, 0, 1, 0, 0}, within(1e-7f));
        slots.scale(3);
        assertThat(slots.weight(1, 1)).isEqualTo(3);
    }

    @Test
    void softmaxLeavesEmptySlotsOutAlsoForLargeLogits() {
        ExpertSlots slots = new ExpertSlots(2, 3, 4);
        slots.put(0, 0, 2, 1000);
        slots.put(0, 2, 1, 1000 + (float) Math.log(3));
        slots.softmax();
        assertThat(slots.weights()).containsExactly(new float[] {0.25f, 0, 0.75f, 0, 0, 0}, within(1e-4f));
    }

    @Test
    void paddingLosesAllItsSlots() {
        ExpertSlots slots = slots(4, new int[] {3, 1}, new int[] {0, 2});
        slots.clear(new boolean[] {true, false});
        assertThat(slots.load()).containsExactly(1, 0, 1, 0);
        assertThat(slots.load(1)).containsExactly(0, 0, 1, 0);
    }

    @Test
    void refusesExpertsAndSequencesThatAreNotThere() {
        ExpertSlots slots = new ExpertSlots(2, 1, 4);
        assertThatThrownBy(() -> slots.put(0, 0, 4, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> slots.put(0, 0, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> slots.limit(new int[] {1}, new int[] {3}, SlotOrder.byPosition(2)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("2 are routed");
    }
}
