package lathe.lserve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;
import lathe.testkit.AttentionContract;

class LServeTest extends AttentionContract {
    @Override
    protected Plugin plugin() {
        return new LServePlugin();
    }

    @Override
    protected Optional<String> everything() {
        return Optional.of("dynamicSparseTokenBudget = 4096");
    }

    @Override
    protected String little() {
        return "staticSparsity = 1, ctxSink = 4, ctxLocal = 16, decSink = 4, decLocal = 16";
    }

    @Test
    void noKeyOfAPartIsAboveItsBound() {
        PageStatistics statistics = new PageStatistics(16, 4);
        Tensor keys = normal("keys", 50, 16);
        statistics.add(keys);
        float[] query = normal("query", 16).toFloats();
        float[] products = keys.matmul(normal("query", 16).reshape(16, 1)).toFloats();
        for (int key = 0; key < 50; key++) {
            assertThat(statistics.bound(query, key / 4)).isGreaterThanOrEqualTo(products[key] - 1e-4f);
        }
    }

    @Test
    void finerPartsBoundPagesNoHigher() {
        PageStatistics coarse = new PageStatistics(16, 16);
        PageStatistics fine = new PageStatistics(16, 4);
        coarse.add(normal("keys", 100, 16));
        fine.add(normal("keys", 100, 16));
        float[] query = normal("query", 16).toFloats();
        float[] high = coarse.pageScores(query, 1);
        float[] low = fine.pageScores(query, 4);
        assertThat(low).hasSameSizeAs(high);
        for (int page = 0; page < high.length; page++) {
            assertThat(low[page]).isLessThanOrEqualTo(high[page]);
        }
    }

    /** How many of the pages with the largest products are among as many with the largest bounds. */
    private int found(Tensor keys, float[] query, int partSize, int pages) {
        PageStatistics statistics = new PageStatistics(16, partSize);
        statistics.add(keys);
        float[] products = keys.matmul(scope().of(query, 16, 1)).toFloats();
        float[] best = new float[products.length / 16];
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
        for (int key = 0; key < products.length; key++) {
            best[key / 16] = Math.max(best[key / 16], products[key]);
        }
        boolean[] wanted = Selection.largest(best, pages);
        int found = 0;
        for (int page : Selection.indices(
                Selection.largest(statistics.pageScores(query, 16 / partSize), pages))) {
            found += wanted[page] ? 1 : 0;
        }
        return found;
    }

    @Test
    void finerPartsFindMoreOfTheBestPages() {
        Tensor keys = normal("many", 640, 16);
        int coarse = 0;
        int fine = 0;
        for (int i = 0; i < 40; i++) {
            float[] query = normal("query" + i, 16).toFloats();
            coarse += found(keys, query, 16, 8);
            fine += found(keys, query, 4, 8);
        }
        assertThat(fine).isGreaterThan(coarse);
        assertThat(coarse).as("and coarse ones more than chance does").isGreaterThan(40 * 8 * 8 / 40);
    }
}
