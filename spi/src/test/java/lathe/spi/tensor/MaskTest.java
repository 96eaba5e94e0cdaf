package lathe.spi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MaskTest {
    @Test
    void keepsWhatWasKeptAcrossWords() {
        Mask mask = new Mask.Builder(2, 130).keep(0, 0).keep(0, 63).keep(0, 64).keep(1, 129).build();

        assertThat(mask.keeps(0, 63)).isTrue();
        assertThat(mask.keeps(0, 65)).isFalse();
        assertThat(mask.kept(0)).isEqualTo(3);
        assertThat(mask.kept()).isEqualTo(4);
        assertThat(mask.word(1, 2)).isEqualTo(2L);
        assertThat(mask.sparsity()).isEqualTo(1 - 4 / 260.0);
    }

    @Test
    void refusesAPatternThatARowDoesNotHold() {
        Mask.Builder builder = new Mask.Builder(1, 4).keep(0, 0).patterned(SparsityPattern.parse("2:4"));

        assertThatThrownBy(builder::build).hasMessage("Row 0 keeps 1 of the 4 columns from 0, which is not 2:4.");
    }

    @Test
    void losesItsPatternWhenAnotherMaskRemovesMore() {
        Mask paired = new Mask.Builder(1, 4).keep(0, 0).keep(0, 3).patterned(SparsityPattern.parse("2:4")).build();
        Mask single = new Mask.Builder(1, 4).keep(0, 3).build();

        assertThat(paired.and(Mask.all(1, 4)).pattern()).isEqualTo(SparsityPattern.parse("2:4"));
        assertThat(paired.and(single).pattern()).isEqualTo(SparsityPattern.UNSTRUCTURED);
        assertThat(paired.and(single)).isEqualTo(single);
    }

    @Test
    void readsPatternsAsUsersWriteThem() {
        assertThat(SparsityPattern.parse("unstructured")).isEqualTo(SparsityPattern.UNSTRUCTURED);
        assertThat(SparsityPattern.parse("4:8").sparsity()).contains(0.5);
        assertThatThrownBy(() -> SparsityPattern.parse("4:4")).hasMessageContaining("1 <= n < m");
        assertThatThrownBy(() -> SparsityPattern.parse("two of four")).hasMessageContaining("unstructured or n:m");
    }
}
