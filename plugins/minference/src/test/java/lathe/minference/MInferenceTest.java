package lathe.minference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.minference.MInferenceConfig.Pattern;
import lathe.spi.Plugin;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.Phase;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.AttentionContract;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenAttention;

class MInferenceTest extends AttentionContract {
    @Override
    protected Plugin plugin() {
        return new MInferencePlugin();
    }

    @Override
    protected Optional<String> everything() {
        return Optional.of("verticalSize = 1000, slashSize = 1000");
    }

    @Override
    protected String little() {
        return "verticalSize = 30, slashSize = 50";
    }

    @Override
    protected boolean choosesCausally() {
        return false;
    }

    @Test
    void theSearchScoresWhatACandidateKeepsByDefinition() {
        int tokens = 90;
        Tensor queries = normal("queries", tokens, 8);
        Tensor keys = normal("keys", tokens, 8);
        HeadSearch search = new HeadSearch(List.of(
                new HeadSearch.Candidate(Pattern.SINK_WINDOW, 3, 10),
                new HeadSearch.Candidate(Pattern.SINK_WINDOW, 0, 200),
                new HeadSearch.Candidate(Pattern.VERTICAL_AND_SLASH, 90, 30)), 40);
        double kept = 0;
        for (int row = 40; row < tokens; row++) {
            double all = 0;
            double some = 0;
            for (int key = 0; key <= row; key++) {
                double dot = 0;
                for (int i = 0; i < 8; i++) {
                    dot += queries.get(row, i) * keys.get(key, i);
                }
                double weight = Math.exp(dot / Math.sqrt(8));
                all += weight;
                some += key < 3 || row - key <= 10 ? weight : 0;
            }
            kept += some / all / (tokens - 40);
        }
        double[] scores = search.scores(queries, keys);
        assertThat(scores[0]).isCloseTo(kept, within(1e-5));
        assertThat(scores[1]).isCloseTo(1, within(1e-5));
        assertThat(scores[2]).isCloseTo(1, within(1e-5));
    }

    @Test
    void theSearchAsksForALongerSample() {
        Tensor tokens = normal("queries", 20, 8);
        HeadSearch search = new HeadSearch(List.of(new HeadSearch.Candidate(Pattern.SINK_WINDOW, 1, 4)), 2500);
        assertThatThrownBy(() -> search.scores(tokens, tokens)).hasMessageContaining("2500").hasMessageContaining("20");
    }

    @Test
    void theFirstLongPromptDecidesWhatEveryHeadDoesFromThenOn() {
        MInferencePattern pattern = (MInferencePattern) make(AttentionPattern.class, "searchFrom = 40, search = ["
                + "{ pattern = sink-window, first = 1, second = 4 }, { pattern = sink-window, first = 3, second = 200 }, "
                + "{ pattern = vertical-and-slash, first = 90, second = 90 }], "
                + "heads = [{ layer = 0, head = 1, pattern = sink-window, first = 7, second = 9 }]");
        Findings quiet = new Findings();
        pattern.plan(scene(30, quiet));
        assertThat(quiet.all()).as("too short to be a sample").doesNotContainKey("search_chosen");

        Findings found = new Findings();
        List<AttentionPlan> heads = ((AttentionPlan.PerHead) pattern.plan(scene(90, found))).plans();

        assertThat(found.all().get("search_chosen").values()).as("the first of the best").containsExactly(1, 1);
        assertThat(found.all().get("search_kept").values()[0]).isCloseTo(1, within(1e-5));
        assertThat(heads).containsExactly(new AttentionPlan.SinkWindow(3, 200), new AttentionPlan.SinkWindow(7, 9));
        Findings again = new Findings();
        assertThat(((AttentionPlan.PerHead) pattern.plan(scene(80, again))).plans()).isEqualTo(heads);
        assertThat(again.all()).doesNotContainKey("search_chosen");
    }

    private GivenAttention scene(int tokens, Findings findings) {
        LayerInfo layer = new LayerInfo(0, 1, 2, 1, 8, 8, 1 / Math.sqrt(8), Optional.empty(), Optional.empty());
        return new GivenAttention(layer, Phase.PREFILL, normal("queries", 2, tokens, 8).copy(),
                normal("keys", 1, tokens, 8).copy(), normal("values", 1, tokens, 8).copy(),
                IntStream.range(0, tokens).toArray(), scope(), findings);
    }
}
