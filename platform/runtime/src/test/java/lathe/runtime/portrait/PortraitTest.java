package lathe.runtime.portrait;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.report.HeatMap;
import lathe.report.NodeRow;
import lathe.runtime.graph.TestMethods;
import lathe.runtime.run.LatheRunner;
import lathe.runtime.run.RunOptions;

/** Maps of judged models, on the models that come with Lathe. */
class PortraitTest {
    private static final Path ROOT = Path.of(System.getProperty("lathe.root", "../.."));

    @TempDir
    Path folder;

    private List<HeatMap> maps(String model, String nodes, RunOptions options) throws IOException {
        String book = Files.readString(ROOT.resolve("experiments/data/pride-and-prejudice.txt"));
        Files.writeString(folder.resolve("text.txt"), book.substring(20_000, 22_000));
        Path path = ROOT.resolve("experiments/models").resolve(model).toAbsolutePath().normalize();
        Path file = Files.writeString(folder.resolve("x.conf"), "graph { dense { load = \"" + path + "\" }\n" + nodes
                + "\n}\n");
        return LatheRunner.of(TestMethods.registry()).run(file, options).report().heatMaps();
    }

    private static HeatMap map(List<HeatMap> maps, String title, String node) {
        return maps.stream().filter(map -> map.title().equals(title) && map.node().equals(node)).findFirst()
                .orElseThrow();
    }

    @Test
    void showsSparsityAndBitsOfEveryWeightAndTheSameFromTheStore() throws IOException {
        String nodes = """
                  pruned { prune = magnitude, of = dense, sparsity = 0.5, targets = ["blocks.0.*", "gate"] }
                  quality { evaluate = [dense, pruned], on = "text.txt", metrics = [bytes] }
                """;
        RunOptions options = RunOptions.in(folder.resolve("runs"));
        List<HeatMap> maps = maps("lathe-tiny", nodes, options);
        HeatMap sparsity = map(maps, "Weights removed", "pruned");
        assertThat(sparsity.columns()).containsExactly("q", "k", "v", "o", "gate", "up", "down");
        assertThat(sparsity.values()).hasSize(6);
        assertThat(sparsity.values().get(0)).allSatisfy(value -> assertThat(value).isCloseTo(0.5, within(0.01)));
        assertThat(sparsity.values().get(3).get(4)).isCloseTo(0.5, within(0.01));
        assertThat(sparsity.values().get(3).get(0)).isLessThan(0.001);
        HeatMap bits = map(maps, "Bits a weight", "pruned");
        assertThat(bits.values().get(0).get(0)).isBetween(8.9, 9.5);
        assertThat(bits.values().get(3).get(0)).isEqualTo(16);
        HeatMap attention = map(maps, "Attention on the first 4 tokens", "dense");
        assertThat(attention.values()).hasSize(6).allSatisfy(row -> assertThat(row).hasSize(8)
                .allSatisfy(share -> assertThat(share).isBetween(0.0, 1.0)));
        assertThat(maps("lathe-tiny", nodes, options)).as("from the store").isEqualTo(maps);
    }

    @Test
    void showsHowManyTokensEachExpertIsGiven() throws IOException {
        List<HeatMap> maps = maps("lathe-tiny-moe",
                "  quality { evaluate = dense, on = \"text.txt\", metrics = [bytes] }",
                RunOptions.in(folder.resolve("runs")).withoutStore());
        HeatMap load = map(maps, "Tokens of each expert", "dense");
        assertThat(load.values()).hasSize(4).allSatisfy(row -> {
            assertThat(row).hasSize(8);
            assertThat(row.stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(1, within(1e-9));
        });
    }

    @Test
    void showsWhatServingMethodsNoteAtTheNodeThatServesThem() throws IOException {
        String nodes = """
                  cached { serve = dense, cache { use = h2o, budget = 16 } }
                  quality { evaluate = [dense, cached], on = "text.txt", metrics = [bytes] }
                """;
        RunOptions options = RunOptions.in(folder.resolve("runs"));
        maps("lathe-tiny", nodes, options);
        Path file = folder.resolve("x.conf");
        for (String run : List.of("first", "from the store")) {
            List<NodeRow> rows = LatheRunner.of(TestMethods.registry()).run(file, options).report().nodes();
            assertThat(rows.get(0).notes()).as(run).isEmpty();
            assertThat(rows.get(1).notes()).as(run).singleElement()
                    .satisfies(table -> assertThat(table.title()).isEqualTo("serving: seen (mean)"))
                    .satisfies(table -> assertThat(table.values()).hasSize(6)
                            .allSatisfy(row -> assertThat(row).isNotEmpty().allMatch(value -> value > 16)));
        }
    }
}
