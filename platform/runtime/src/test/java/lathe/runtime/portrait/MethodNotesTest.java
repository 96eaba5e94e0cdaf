package lathe.runtime.portrait;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.report.HeatMap;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class MethodNotesTest {
    private final MethodNotes notes = new MethodNotes();

    @Test
    void putsNumbersOfWeightsIntoATableOfBlocksByWeightsWhateverTheOrder() {
        notes.at(1, "k", 1, "blocks.1.k").note("loss", 4);
        notes.at(1, "q", 0, "blocks.1.q").note("loss", 3);
        notes.at(0, "k", 1, "blocks.0.k").note("loss", 2);
        notes.at(0, "q", 0, "blocks.0.q").note("loss", 1);

        assertThat(notes.tables("packed", "gptq")).containsExactly(new HeatMap("gptq: loss", "packed", "", "block",
                "weight", List.of("q", "k"), List.of(List.of(1.0, 2.0), List.of(3.0, 4.0))));
    }

    @Test
    void takesTheMeanOverExpertsAndLeavesBlocksEmptyThatNotedNothing() {
        notes.at(1, "up", 5, "blocks.1.up.0").note("bits", 2);
        notes.at(1, "up", 5, "blocks.1.up.1").note("bits", 3);

        HeatMap table = notes.tables("packed", "mc-moe").getFirst();

        assertThat(table.values()).containsExactly(List.of(Double.NaN), List.of(2.5));
    }

    @Test
    void keepsShortVectorsAndTellsLongOnesByTheirMean() {
        try (Scope scope = Engine.shared().openScope()) {
            notes.at(0, "", 0, "").note("load.0", scope.of(new float[] {3, 0, 1}, 3));
            notes.at(0, "", 0, "").note("error", scope.zeros(1000).fill(0.25));
            notes.at(0, "", 0, "").note("hessian", scope.zeros(4, 4));
        }

        List<HeatMap> tables = notes.tables("node", "m");

        assertThat(tables).extracting(HeatMap::title).containsExactly("m: error (mean)", "m: load");
        assertThat(tables.get(0).values()).containsExactly(List.of(0.25));
        assertThat(tables.get(1).values()).containsExactly(List.of(3.0, 0.0, 1.0));
    }

    @Test
    void asksServingMethodsForTensorsAndTakesTheMeanOfEachHead() {
        try (Scope scope = Engine.shared().openScope()) {
            Tensor scores = scope.of(new float[] {1, 3, 5, Float.NEGATIVE_INFINITY}, 2, 2);
            notes.serving(0).note("scores", () -> scores);
            notes.at(0, "", 0, "").note("other", () -> {
                throw new AssertionError("work for nobody");
            });
        }

        assertThat(notes.tables("cached", "serving")).singleElement()
                .satisfies(table -> assertThat(table.title()).isEqualTo("serving: scores (mean)"))
                .satisfies(table -> assertThat(table.values()).containsExactly(List.of(2.0, 5.0)));
    }

    @Test
    void goesOnWithWhatWasHeardBefore() {
        notes.at(0, "q", 0, "blocks.0.q").note("loss", 1);
        notes.at(1, "q", 0, "blocks.1.q").note("loss", 2);
        MethodNotes later = new MethodNotes();
        later.add(notes.of(0));
        later.at(1, "q", 0, "blocks.1.q").note("loss", 2);

        assertThat(later.tables("n", "m")).isEqualTo(notes.tables("n", "m"));
    }
}
