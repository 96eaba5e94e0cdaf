package lathe.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import org.junit.jupiter.api.Test;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.tensor.SparsityPattern;

class RecordBinderTest {
    private final Problems problems = new Problems();

    enum Flavour {
        PER_ROW, PER_MATRIX
    }

    record Inner(@Default("2") int depth, Optional<String> note) {
        Inner {
            if (depth == 13) {
                throw new IllegalArgumentException("A depth of 13 brings bad luck.");
            }
        }
    }

    record Everything(
            @Default("0.5") @Range("[0, 1)") double sparsity,
            @Default("unstructured") SparsityPattern pattern,
            @Default("per-row") Flavour flavour,
            @Default("[1, 2]") @Range("[1, 8]") List<Integer> widths,
            Inner inner,
            OptionalInt limit,
            @Default("true") boolean on,
            @Default("{}") Map<String, Double> shares,
            @Default("text") String someText) {}

    record Needed(@Range("[1, inf)") int count) {}

    private <R extends Record> Optional<R> bind(Class<R> type, String hocon) {
        return new RecordBinder(problems).bind(type, ConfigFactory.parseString(hocon,
                ConfigParseOptions.defaults().setOriginDescription("x.conf")).resolve().root(), "graph.node");
    }

    private List<String> messages() {
        return problems.list().stream().map(Problem::toString).toList();
    }

    @Test
    void fillsInDefaultsOfEveryType() {
        assertThat(bind(Everything.class, ""))
                .contains(new Everything(0.5, SparsityPattern.UNSTRUCTURED, Flavour.PER_ROW,
                        List.of(1, 2), new Inner(2, Optional.empty()), OptionalInt.empty(), true, Map.of(), "text"));
    }

    @Test
    void readsEveryTypeInAnySpellingOfTheKey() {
        assertThat(bind(Everything.class, """
                sparsity = 0.25, pattern = "2:4", flavour = PER_MATRIX, widths = [3]
                inner { depth = 5, note = here }, limit = 7, on = no, shares { a = 1, "b.c" = 2.5 }, some_text = hi
                """)).contains(new Everything(0.25, SparsityPattern.parse("2:4"), Flavour.PER_MATRIX, List.of(3),
                new Inner(5, Optional.of("here")), OptionalInt.of(7), false, Map.of("a", 1.0, "b.c", 2.5), "hi"));
    }

    @Test
    void tellsAllProblemsInOnePassEachAtItsLine() {
        assertThat(bind(Everything.class, """
                sparsity = 1.5
                pattern = "4:2"
                flavour = per-rows
                widths = [1, 9]
                inner { deph = 3 }
                limit = 1.5
                on = perhaps
                """)).isEmpty();
        assertThat(messages()).containsExactlyInAnyOrder(
                "x.conf: 1: graph.node.sparsity: 1.5 is out of range: allowed is [0, 1).",
                "x.conf: 2: graph.node.pattern: A pattern n:m needs 1 <= n < m, for instance 2:4, but this is 4:2.",
                "x.conf: 3: graph.node.flavour: 'per-rows' is not one of per-row, per-matrix. Did you mean per-row?",
                "x.conf: 4: graph.node.widths[1]: 9 is out of range: allowed is [1, 8].",
                "x.conf: 5: graph.node.inner.deph: Unknown key 'deph'. Did you mean depth?",
                "x.conf: 6: graph.node.limit: 1.5 is not a whole number.",
                "x.conf: 7: graph.node.on: This must be true or false, but it is the text 'perhaps'.");
    }

    @Test
    void namesTheKeyInTheSpellingOfTheUser() {
        bind(Everything.class, "some_txt = a");
        assertThat(messages()).containsExactly(
                "x.conf: 1: graph.node.some_txt: Unknown key 'some_txt'. Did you mean some_text?");
    }

    @Test
    void listsTheKnownKeysWhenNoneIsSimilar() {
        bind(Needed.class, "count = 1, zzzzzzzz = a");
        assertThat(messages()).containsExactly(
                "x.conf: 1: graph.node.zzzzzzzz: Unknown key 'zzzzzzzz'. Known keys: count.");
    }

    @Test
    void saysWhatAMissingKeyMustBe() {
        bind(Needed.class, "");
        assertThat(messages().getFirst()).contains("The key 'count' is missing: a whole number in [1, inf).");
    }

    @Test
    void refusesTwoSpellingsOfOneKey() {
        bind(Everything.class, "some_text = a\nsomeText = b");
        assertThat(messages()).singleElement().asString().contains("The same key is also written some");
    }

    @Test
    void tellsWhatARecordItselfRefuses() {
        bind(Everything.class, "inner { depth = 13 }");
        assertThat(messages().getFirst()).isEqualTo("x.conf: 1: graph.node.inner: A depth of 13 brings bad luck.");
    }

    @Test
    void refusesNumbersThatAreNone() {
        bind(Needed.class, "count = 3000000000");
        bind(Needed.class, "count = \"NaN\"");
        bind(Needed.class, "count = []");
        assertThat(messages()).containsExactly(
                "x.conf: 1: graph.node.count: 3000000000 is too large: at most 2147483647 is possible.",
                "x.conf: 1: graph.node.count: NaN is out of range: allowed is [1, inf).",
                "x.conf: 1: graph.node.count: This must be a whole number in [1, inf), but it is a list.");
    }

    @Test
    void givesTheSameValuesHoweverTheyWereWritten() {
        Everything written = bind(Everything.class, "sparsity = 0.50, some-text = text").orElseThrow();
        Everything left = bind(Everything.class, "").orElseThrow();
        assertThat(RecordValues.of(written)).isEqualTo(RecordValues.of(left)).containsEntry("pattern", "unstructured");
    }
}
