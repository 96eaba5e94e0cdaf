package lathe.engine.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.engine.kernels.Exponential;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.Compute;
import lathe.spi.kv.Observation;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Long prompts against the definition, and the loops of panels against one number at a time. */
class PanelSoftmaxTest {
    private static final long SEED = 20261122;
    private static final int ROWS = PanelLoops.ROWS;
    private static final int PITCH = PanelLoops.PITCH;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 4})
    void readsOfALongPromptExactlyWhatThePlanSays(int plan) {
        try (Compute many = new CpuBackend().open(Engine.shared().parallel());
                Compute one = new CpuBackend().open(Parallel.SEQUENTIAL)) {
            for (int round = 0; round < 4; round++) {
                long seed = SEED + 10 * round + plan;
                try (Scope scope = Engine.shared().openScope()) {
                    AttentionCall call = plain(new RandomCalls(seed, scope).next(520, 35 * round, plan));
                    Tensor sums = many.attention(call).observed().logSumExp().orElseThrow();
                    check(call, sums, new NaiveAttention(call, scope), seed);
                    float[] output = call.output().copy().toFloats();
                    one.attention(call);
                    assertThat(call.output().copy().toFloats()).as("seed %d", seed).isEqualTo(output);
                }
            }
        }
    }

    private static AttentionCall plain(AttentionCall call) {
        return new AttentionCall(call.layer(), call.queries(), call.queryPositions(), call.stored(), call.newKeys(),
                call.newValues(), call.plan(), call.causal(), 0, new Observation(0, List.of(), 0, true),
                call.output());
    }

    private static void check(AttentionCall call, Tensor sums, NaiveAttention naive, long seed) {
        for (int head = 0; head < call.layer().heads(); head++) {
            for (int query = 0; query < call.queryPositions().length; query++) {
                double expected = naive.logSumExp[head][query];
                assertThat((double) sums.get(head, query)).as("seed %d, head %d, query %d", seed, head, query)
                        .satisfiesAnyOf(found -> assertThat(found).isEqualTo(expected),
                                found -> assertThat(found).isCloseTo(expected, offset(5e-6)));
                for (int j = 0; j < call.layer().valueDim(); j++) {
                    assertThat(call.output().get(head, query, j)).as("seed %d, head %d, query %d", seed, head, query)
                            .isCloseTo(naive.output[head][query][j], offset(5e-6));
                }
            }
        }
    }

    @Test
    void multipliesEightKeysAndEightColumnsOfValuesWithAllRows() {
        Random random = new Random(SEED);
        int width = 20;
        float[] tile = numbers(random, 40 * PITCH);
        float[] panel = numbers(random, 40 * ROWS);
        float[] sums = numbers(random, 10 * ROWS);
        float[] before = sums.clone();
        float[] added = sums.clone();
        PanelLoops.scores(width, PanelLoops.STEP, tile, 3, panel, 5, sums, ROWS);
        PanelLoops.addValues(width, PanelLoops.STEP, tile, 3, panel, 5, added, ROWS);
        for (int j = 0; j < PanelLoops.TOGETHER; j++) {
            for (int row = 0; row < ROWS; row++) {
                double score = 0;
                double value = 0;
                for (int i = 0; i < width; i++) {
                    score += (double) tile[3 + j * PITCH + i] * panel[5 + i * ROWS + row];
                    value += (double) tile[3 + i * PITCH + j] * panel[5 + i * ROWS + row];
                }
                assertThat(sums[(j + 1) * ROWS + row]).isCloseTo((float) score, offset(1e-4f));
                assertThat(added[(j + 1) * ROWS + row]).isCloseTo((float) (before[(j + 1) * ROWS + row] + value),
                        offset(1e-4f));
            }
        }
        PanelLoops.scores(0, PanelLoops.STEP, tile, 3, panel, 5, sums, ROWS);
        assertThat(Arrays.copyOfRange(sums, ROWS, 9 * ROWS)).containsOnly(0f);
        assertThat(Arrays.copyOf(added, ROWS)).isEqualTo(Arrays.copyOf(before, ROWS));
    }

    @Test
    void weighsOnlyWhatARowReads() {
        Random random = new Random(SEED);
        int keys = 24;
        float[] scores = numbers(random, keys * ROWS);
        float[] first = new float[ROWS];
        float[] end = new float[ROWS];
        float[] maxima = new float[ROWS];
        for (int row = 0; row < ROWS; row++) {
            first[row] = random.nextInt(keys);
            end[row] = first[row] + 1 + random.nextInt(keys);
        }
        end[2] = 0;
        Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
        float[] hidden = scores.clone();
        PanelLoops.hide(hidden, 0, keys, first, end);
        PanelLoops.largest(hidden, 0, keys, maxima, 0);
        assertThat(maxima[2]).isEqualTo(Float.NEGATIVE_INFINITY);
        maxima[2] = 0;
        float[] sums = new float[ROWS];
        Exponential.weigh(hidden, 0, keys * ROWS, maxima, sums);
        for (int row = 0; row < ROWS; row++) {
            float largest = Float.NEGATIVE_INFINITY;
            double sum = 0;
            for (int key = 0; key < keys; key++) {
                boolean reads = key >= first[row] && key < end[row];
                largest = reads ? Math.max(largest, scores[key * ROWS + row]) : largest;
                double weight = reads ? Math.exp((double) scores[key * ROWS + row] - maxima[row]) : 0;
                sum += weight;
                assertThat(hidden[key * ROWS + row]).isCloseTo((float) weight, offset(1e-6f));
            }
            assertThat(row == 2 ? Float.NEGATIVE_INFINITY : maxima[row]).isEqualTo(largest);
            assertThat(sums[row]).isCloseTo((float) sum, offset(1e-5f));
        }
    }

    private static float[] numbers(Random random, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }
}
