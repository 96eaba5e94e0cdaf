package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;

import org.junit.jupiter.api.Test;

class TextTableTest {
    private final StringWriter text = new StringWriter();
    private final TextTable table = new TextTable("id", "meaning")
            .row("wanda", "removes the weights with the smallest score of every row")
            .row("rtn", "");

    private Iterable<String> lines(int width) {
        table.print(new PrintWriter(text, true), width);
        return text.toString().lines().toList();
    }

    @Test
    void isAsWideAsItIsWhereThereIsRoom() {
        assertThat(lines(Integer.MAX_VALUE)).containsExactly(
                "id     meaning",
                "-----  --------------------------------------------------------",
                "wanda  removes the weights with the smallest score of every row",
                "rtn");
    }

    @Test
    void wrapsItsLastColumnAtWordsWhereThereIsNot() {
        assertThat(lines(40)).containsExactly(
                "id     meaning",
                "-----  ---------------------------------",
                "wanda  removes the weights with the",
                "       smallest score of every row",
                "rtn");
    }

    @Test
    void neverMakesTheLastColumnUnreadablyNarrow() {
        assertThat(lines(5)).contains("wanda  removes the weights with", "       the smallest score of",
                "       every row");
    }

    @Test
    void refusesARowOfAnotherWidth() {
        assertThatThrownBy(() -> table.row("one")).hasMessageContaining("2 cells");
    }
}
