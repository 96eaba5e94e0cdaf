package lathe.minference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.minference.MInferenceConfig.Pattern;
import lathe.spi.Plugin;
import lathe.spi.tensor.Tensor;
import lathe.testkit.AttentionContract;

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
}
