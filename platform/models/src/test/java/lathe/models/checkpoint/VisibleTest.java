package lathe.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;

class VisibleTest {
    @Test
    void escapesWhatMovesACursorOrHidesText() {
        assertThat(Visible.name("a\u001b[31m\r\n\tb\u202ec\u0000\u2028\ud800")).isEqualTo(
                "'a\\u001b[31m\\r\\n\\tb\\u202ec\\u0000\\u2028\\ud800'");
    }

    @Test
    void leavesLettersOfAllScriptsAlone() {
        assertThat(Visible.name("層.0 café 😀")).isEqualTo("'層.0 café 😀'");
    }

    @Test
    void cutsLongNamesAndSaysHowLongTheyAre() {
        assertThat(Visible.name("x".repeat(300))).hasSizeLessThan(160).endsWith("...' (300 characters)");
    }

    @Test
    void listsAFewNames() {
        assertThat(Visible.names(List.of("a", "b"))).isEqualTo("'a', 'b'");
        assertThat(Visible.names(List.of("a", "b", "c", "d", "e", "f", "g"))).isEqualTo(
                "'a', 'b', 'c', 'd', 'e' and 2 more");
    }
}
