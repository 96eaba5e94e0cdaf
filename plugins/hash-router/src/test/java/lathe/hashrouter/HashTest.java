package lathe.hashrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.spi.LatheException;
import lathe.spi.Plugin;
import lathe.spi.model.ModelInfo;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.RouterContract;
import lathe.testkit.scene.RoutingTrial;

class HashTest extends RouterContract {
    private static final int EXPERTS = 4;

    @TempDir
    private Path folder;

    @Override
    protected Plugin plugin() {
        return new HashPlugin();
    }

    @Override
    protected int expertsPerToken() {
        return 1;
    }

    @Override
    protected boolean takesTheLargestLogits() {
        return false;
    }

    @Override
    protected Map<String, Tensor> parameters(int tokens) {
        return Map.of("token_ids", ids(IntStream.range(0, tokens).map(token -> token * 7).toArray()));
    }

    private Tensor ids(int... ids) {
        return scope().of(ids, ids.length);
    }

    private int[] route(Router router, int... ids) {
        return trial(ids).route(router).experts().toInts();
    }

    private RoutingTrial trial(int... ids) {
        return RoutingTrial.of(scope().zeros(ids.length, EXPERTS)).given("token_ids", ids(ids));
    }

    private Router router(String... hocon) {
        return make(Router.class, hocon);
    }

    private Router balanced(String... lines) throws IOException {
        Path file = Files.write(folder.resolve("counts.txt"), List.of(lines));
        return router("assignment = balanced", "frequencies = \"" + file + "\"");
    }

    @Test
    void theSameTokenAlwaysHasTheSameExpertAndWeightOne() {
        Router router = router();
        Routing routing = trial(5, 9, 5, 1000, 9).route(router);
        int[] experts = routing.experts().toInts();
        assertThat(experts[2]).isEqualTo(experts[0]);
        assertThat(experts[4]).isEqualTo(experts[1]);
        assertThat(routing.weights().toFloats()).containsOnly(1);
        assertThat(route(router, 1000, 5)).containsExactly(experts[3], experts[0]);
        assertThat(route(router(), 1000, 5)).containsExactly(experts[3], experts[0]);
    }

    @Test
    void drawnExpertsAreUsedAboutEqually() {
        int[] load = RoutingTrial.load(trial(IntStream.range(0, 8000).toArray()).route(router()), EXPERTS);
        // 2000 each; 5 standard deviations are 194.
        assertThat(Arrays.stream(load).min().orElseThrow()).isGreaterThan(1806);
        assertThat(Arrays.stream(load).max().orElseThrow()).isLessThan(2194);
    }

    @Test
    void moduloIsModulo() {
        assertThat(route(router("assignment = modulo"), 0, 1, 5, 7, 102)).containsExactly(0, 1, 1, 3, 2);
    }

    @Test
    void frequentTokensAreSpreadSoThatExpertsSeeEquallyMany() throws IOException {
        Router router = balanced("1", "9", "4", "0", "5", "4", "3");
        // 9 -> 0, 5 -> 1, 4 (id 2) -> 2, 4 (id 5) -> 3, 3 -> 2 (lowest of those with 4), 1 -> 3
        assertThat(route(router, 1, 4, 2, 5, 6, 0)).containsExactly(0, 1, 2, 3, 2, 3);
        assertThat(BalancedTable.of(new long[] {1, 9, 4, 0, 5, 4, 3}, EXPERTS).tokens()).containsExactly(9, 5, 7, 5);
    }

    @Test
    void tokensThatWereNeverCountedAreDrawn() throws IOException {
        assertThat(BalancedTable.of(new long[] {3, 0, 2}, EXPERTS).experts()).containsExactly(0, -1, 1);
        int[] unseen = IntStream.range(3, 203).toArray();
        int[] experts = route(balanced("3", "0", "2"), unseen);
        assertThat(Arrays.stream(experts).distinct().sorted().toArray()).containsExactly(0, 1, 2, 3);
        assertThat(experts).containsExactly(route(router(), unseen));
    }

    @Test
    void aTableOfTheCheckpointGoesBeforeTheAssignment() {
        RoutingTrial trial = trial(2, 0, 1).given("table", ids(3, 1, 2));
        assertThat(trial.route(router("assignment = modulo")).experts().toInts()).containsExactly(2, 3, 1);
    }

    @Test
    void namesExpertsOfATableThatTheBlockDoesNotHave() {
        assertThatThrownBy(() -> trial(1).given("table", ids(0, 9)).route(router())).isInstanceOf(LatheException.class)
                .hasMessageContaining("token id 1").hasMessageContaining("expert 9").hasMessageContaining("4 experts");
    }

    @Test
    void namesTheLineOfAFrequencyThatIsNone() throws IOException {
        for (String line : new String[] {"many", "-3", "", "1.5"}) {
            Router router = balanced("4", line);
            assertThatThrownBy(() -> route(router, 1)).isInstanceOf(LatheException.class)
                    .hasMessageContaining("Line 2").hasMessageContaining("counts.txt").hasMessageContaining("'" + line);
        }
        assertThatThrownBy(() -> route(router("assignment = balanced, frequencies = /no/such/file"), 1))
                .isInstanceOf(LatheException.class).hasMessageContaining("cannot be read");
    }

    @Test
    void refusesToBalanceWithoutFrequenciesBeforeTheModelIsRead() {
        ModelInfo model = new ModelInfo("tiny", "mixtral", 8, 16, 32, EXPERTS, 2, List.of(), Set.of());
        assertThat(router("assignment = balanced").refuses(model).orElseThrow().reason()).contains("frequencies");
        assertThat(router().refuses(model)).isEmpty();
        assertThatThrownBy(() -> route(router("assignment = balanced"), 1)).isInstanceOf(LatheException.class)
                .hasMessageContaining("frequencies");
    }

    @Test
    void saysThatTokenIdsAreMissing() {
        assertThatThrownBy(() -> RoutingTrial.of(scope().zeros(2, EXPERTS)).route(router()))
                .isInstanceOf(LatheException.class).hasMessageContaining("token ids").hasMessageContaining("block 0");
    }
}
