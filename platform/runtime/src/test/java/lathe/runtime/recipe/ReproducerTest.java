package lathe.runtime.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.report.ClaimRow;
import lathe.report.ClaimVerdict;
import lathe.report.ResultsFile;
import lathe.runtime.config.ExperimentException;
import lathe.runtime.graph.TestMethods;
import lathe.runtime.run.LatheRunner;
import lathe.runtime.run.RunOptions;

/** Whole recipes on the model that comes with Lathe, with few and short windows. */
class ReproducerTest {
    private static final Path ROOT = Path.of(System.getProperty("lathe.root", "../.."));
    private static final Path TINY = ROOT.resolve("experiments/models/lathe-tiny").toAbsolutePath().normalize();
    private static final String GOOD = """
            name = reproduce-paper, seed = 3, repeat = 2
            paper { title = "A Paper", citation = "arXiv 1234.56789", methods = [magnitude] }
            graph {
              dense { load = "MODEL" }
              half { prune = magnitude, of = dense, sparsity = 0.5 }
              most { prune = magnitude, of = dense, sparsity = 0.9 }
              quality { evaluate = [dense, half, most], on = "text.txt", metrics = [perplexity, bytes], window = 64, windows = 2 }
              sizes { benchmark = [dense], prompt = 8, generate = 2, repeats = 1 }
            }
            baseline = "perplexity(dense) < 200"
            claims = [
              { says = "More is worse.", where = "Table 1", seeds = 2
                holds = "perplexity(dense) < perplexity(half) < perplexity(most)" }
              { says = "It gets better.", where = "Table 2", holds = "perplexity(most) < perplexity(half)" }
              { says = "It is fast.", where = "Table 3", because = "It needs a year." }
              { says = "It is fast on a GPU.", holds = "decode-speed(dense) > 1e9", needs = [gpu] }
            ]
            """
            .replace("MODEL", TINY.toString());

    @TempDir
    Path folder;

    private final Reproducer reproducer = new Reproducer(LatheRunner.of(TestMethods.registry()));

    @BeforeEach
    void text() throws IOException {
        String book = Files.readString(ROOT.resolve("experiments/data/pride-and-prejudice.txt"));
        Files.createDirectories(folder.resolve("paper"));
        Files.writeString(folder.resolve("paper/text.txt"), book.substring(20_000, 22_000));
    }

    private Path write(String recipe) throws IOException {
        return Files.writeString(folder.resolve("paper/recipe.conf"), recipe);
    }

    private Reproduction reproduce(String recipe) throws IOException {
        return reproducer.reproduce(write(recipe), RunOptions.in(folder.resolve("runs")));
    }

    @Test
    void judgesEveryClaimAndLeavesItInTheReport() throws IOException {
        Reproduction done = reproduce(GOOD);
        assertThat(done.id()).isEqualTo("paper");
        assertThat(done.baseline()).extracting(ClaimRow::verdict).containsOnly(ClaimVerdict.HOLDS);
        assertThat(done.claims()).extracting(ClaimRow::verdict).containsExactly(ClaimVerdict.HOLDS, ClaimVerdict.FAILS,
                ClaimVerdict.NOT_TESTABLE, ClaimVerdict.NOT_TESTABLE);
        assertThat(done.claims().getFirst().reason()).isEqualTo("In the mean, and in 2 of 2 seeds.");
        assertThat(done.run().orElseThrow().report().warnings()).isEmpty();
        assertThat(done.isJudged()).isTrue();
        Path run = done.run().orElseThrow().folder();
        assertThat(ResultsFile.read(run).claims()).hasSize(5).endsWith(done.claims().getLast());
        assertThat(Files.readString(run.resolve("report.html"))).contains("More is worse.", "It needs a year.");
        assertThat(ClaimsFile.read(run.resolve(ClaimsFile.NAME))).singleElement()
                .extracting(Reproduction::claims).isEqualTo(done.claims());
    }

    @Test
    void judgesNoClaimByAModelThatIsNotWhatItShouldBe() throws IOException {
        Reproduction done = reproduce(GOOD.replace("perplexity(dense) < 200", "perplexity(dense) = 3 within 1 %"));
        assertThat(done.baseline()).extracting(ClaimRow::verdict).containsExactly(ClaimVerdict.FAILS);
        assertThat(done.claims()).extracting(ClaimRow::verdict).containsExactly(ClaimVerdict.NOT_JUDGED,
                ClaimVerdict.NOT_JUDGED, ClaimVerdict.NOT_TESTABLE, ClaimVerdict.NOT_TESTABLE);
        assertThat(done.isJudged()).isFalse();
    }

    @Test
    void runsNothingWhereWhatTheGraphNeedsIsNotThere() throws IOException {
        Reproduction done = reproduce(
                "needs = [\"model no-such-model\"]\n" + GOOD.replace(TINY.toString(), "no-such-model"));
        assertThat(done.run()).isEmpty();
        assertThat(done.claims()).hasSize(4).allSatisfy(row -> {
            assertThat(row.verdict()).isEqualTo(ClaimVerdict.NOT_TESTABLE);
            assertThat(row.reason()).contains("no-such-model");
        });
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "perplexity(half) < perplexity(most)\" | perplexity(hafl) < 3\" | recipe.conf:12 | no node 'hafl' | half",
        "perplexity(most) < | accuracy(most) < | recipe.conf:14 | Nobody computes the metric 'accuracy' | perplexity",
        "perplexity(most) < | perplexity(most, in = sizes) < | recipe.conf:14 | Nobody measures 'most' in sizes | evaluate",
        "perplexity(most) < | perplexity(most, sparsity = 3) < | recipe.conf:14 | no key of the sweep | protocol",
        "decode-speed(dense) > | bytes(dense) > | recipe.conf:16 | Several nodes measure this | in = quality",
        "perplexity(most) < | perplexity(most < | recipe.conf:14 | claims[1].holds | Here should stand ')'",
        "seeds = 2 | seeds = 5 | recipe.conf:12 | runs with 2 | repeat = 5",
        "because = \"It needs a year.\" | tolerance = 1 | recipe.conf:15 | needs a condition | because",
        "needs = [gpu] | needs = [tpu] | recipe.conf:16 | 'tpu' is nothing that can be needed | gpu",
        "needs = [gpu] | because = \"so\" | recipe.conf:16 | A claim with a condition is tested | needs",
        "where = \"Table 1\" | were = \"Table 1\" | recipe.conf:12 | Unknown key 'were' | where",
        "of = dense, sparsity = 0.9 | of = dense, sparsity = 9 | recipe.conf:6 | graph.most.sparsity | [0, 1)",
        "baseline = | base = | baseline | untouched model | baseline =",
        "title = \"A Paper\", | `` | recipe.conf:2 | paper | 'title' is missing"})
    void saysEverythingThatIsWrongBeforeItRuns(String right, String wrong, String place, String complaint, String hint)
            throws IOException {
        assertThat(GOOD).contains(right);
        write(GOOD.replace(right, wrong));
        assertThatThrownBy(() -> reproduce(GOOD.replace(right, wrong))).isInstanceOf(ExperimentException.class)
                .hasMessageContaining(place).hasMessageContaining(complaint).hasMessageContaining(hint);
        assertThat(folder.resolve("runs/reproduce-paper")).doesNotExist();
    }

    @Test
    void saysMistakesOfTheGraphAndOfTheClaimsInOnePass() throws IOException {
        String wrong = GOOD.replace("sparsity = 0.9", "sparsity = 9").replace("perplexity(most) <",
                "perplexity(most <");
        assertThatThrownBy(() -> reproduce(wrong))
                .satisfies(failure -> assertThat(((ExperimentException) failure).problems()).hasSize(2));
    }

    @Test
    void needsClaims() {
        assertThatThrownBy(() -> reproduce(GOOD.substring(0, GOOD.indexOf("claims ="))))
                .hasMessageContaining("A recipe has a list of claims");
        assertThat(List.of(ClaimVerdict.values())).hasSize(4);
    }
}
