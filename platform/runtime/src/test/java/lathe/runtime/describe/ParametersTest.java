package lathe.runtime.describe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.spi.Default;
import lathe.spi.Method;
import lathe.spi.Range;
import lathe.spi.kv.Budget;
import lathe.spi.tensor.SparsityPattern;

class ParametersTest {
    private enum Order {
        FIRST_COME, BEST_FIRST
    }

    private record Settings(
            @Default("0.5") @Range("[0, 1)") double ratio,
            @Default("unstructured") SparsityPattern pattern,
            Order order,
            Optional<Integer> groups,
            @Default("[1, 2]") List<Integer> layers,
            @Default("true") boolean exact,
            Budget budget) {}

    private static Parameter named(String name) {
        return Parameters.of(Settings.class).stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void tellsTypesInWords() {
        assertThat(named("ratio").type()).isEqualTo("number");
        assertThat(named("pattern").type()).isEqualTo("sparsity pattern");
        assertThat(named("order").type()).isEqualTo("first-come | best-first");
        assertThat(named("groups").type()).isEqualTo("whole number");
        assertThat(named("layers").type()).isEqualTo("list of whole numbers");
        assertThat(named("exact").type()).isEqualTo("true or false");
    }

    @Test
    void takesDefaultsAndRangesFromTheAnnotations() {
        assertThat(named("ratio").standard()).contains("0.5");
        assertThat(named("ratio").range()).contains("[0, 1)");
        assertThat(named("pattern").range()).isEmpty();
    }

    @Test
    void knowsWhatMustBeGiven() {
        assertThat(named("order").required()).isTrue();
        assertThat(named("groups").required()).isFalse();
        assertThat(named("ratio").required()).isFalse();
    }

    @Test
    void listsTheKeysOfANestedRecordAfterADot() {
        assertThat(Parameters.of(Settings.class))
                .extracting(Parameter::name)
                .contains("budget.budget", "budget.compressionRatio")
                .doesNotContain("budget", "pattern.zeros");
    }

    @Test
    void makesAnExampleFromTheDefaultsWhenTheAuthorGivesNone() {
        Method<?> method = Method.pruner("demo", Settings.class, settings -> null);

        assertThat(Example.of(method))
                .isEqualTo("pruned { prune = demo, of = dense, ratio = 0.5, pattern = unstructured, order = ... }");
        assertThat(Example.of(method.example("x { prune = demo }"))).isEqualTo("x { prune = demo }");
    }
}
