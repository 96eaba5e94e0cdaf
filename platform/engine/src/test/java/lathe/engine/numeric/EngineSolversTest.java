package lathe.engine.numeric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class EngineSolversTest {
    private final Random random = new Random(4);
    private final RandomStream stream = new PhiloxStreams(1, "test").stream("solvers", 0);
    private final Solvers solvers = Engine.shared().solvers();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private Tensor normal(int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return scope.of(values, rows, columns);
    }

    @Test
    void lineClustersAgreeWithTryingAllCuts() {
        for (int round = 0; round < 200; round++) {
            int n = 1 + random.nextInt(9);
            float[] values = new float[n];
            float[] weights = new float[n];
            for (int i = 0; i < n; i++) {
                values[i] = random.nextInt(7) - 3;
                weights[i] = random.nextInt(4) + (i == 0 ? 1 : 0);
            }
            int k = 1 + random.nextInt(4);
            float[][] sorted = new float[n][];
            for (int i = 0; i < n; i++) {
                sorted[i] = new float[] {values[i], weights[i]};
            }
            java.util.Arrays.sort(sorted, (a, b) -> Float.compare(a[0], b[0]));
            assertThat(solvers.clusterLine(values, weights, k).cost()).isCloseTo(bestCut(sorted, 0, k), within(1e-9));
        }
    }

    private static double bestCut(float[][] sorted, int from, int k) {
        if (from == sorted.length) {
            return 0;
        }
        if (k == 0) {
            return Double.POSITIVE_INFINITY;
        }
        double best = Double.POSITIVE_INFINITY;
        for (int to = from + 1; to <= sorted.length; to++) {
            double w = 0;
            double sum = 0;
            for (int i = from; i < to; i++) {
                w += sorted[i][1];
                sum += sorted[i][1] * sorted[i][0];
            }
            double cost = 0;
            for (int i = from; i < to && w > 0; i++) {
                cost += sorted[i][1] * Math.pow(sorted[i][0] - sum / w, 2);
            }
            best = Math.min(best, cost + bestCut(sorted, to, k - 1));
        }
        return best;
    }

    @Test
    void separatesClustersThatAreFarApart() {
        Tensor points = normal(300, 5);
        for (int i = 0; i < 300; i++) {
            points.set(points.get(i, 0) + 100 * (i % 3), i, 0);
        }
        Solvers.Clusters clusters = solvers.cluster(points, null, 3, 50, stream, scope);
        for (int i = 3; i < 300; i++) {
            assertThat(clusters.members()[i]).isEqualTo(clusters.members()[i % 3]);
        }
        assertThat(clusters.cost()).isBetween(1000.0, 2000.0);
    }

    @Test
    void asManyClustersAsPointsCostNothing() {
        Tensor points = normal(6, 2);
        assertThat(solvers.cluster(points, null, 6, 10, stream, scope).cost()).isZero();
        Tensor same = scope.zeros(5, 2).fill(3);
        assertThat(solvers.cluster(same, null, 4, 10, stream, scope).cost()).isZero();
    }

    @Test
    void weightsPullCentroids() {
        Tensor points = scope.of(new float[] {0, 1, 10, 11}, 4, 1);
        Solvers.Clusters clusters = solvers.cluster(points, new float[] {3, 1, 1, 1}, 2, 50, stream, scope);
        assertThat(clusters.centroids().toFloats()).containsExactlyInAnyOrder(0.25f, 10.5f);
    }

    @Test
    void assignmentAgreesWithTryingAllPermutations() {
        for (int round = 0; round < 100; round++) {
            int n = 1 + random.nextInt(5);
            int m = n + random.nextInt(3);
            Tensor cost = normal(n, m);
            int[] columns = solvers.assign(cost, false);
            double total = 0;
            for (int i = 0; i < n; i++) {
                total += cost.get(i, columns[i]);
            }
            assertThat(columns).doesNotHaveDuplicates();
            assertThat(total).isCloseTo(bestAssignment(cost, 0, 0), within(1e-9));
            assertThat(solvers.assign(cost.multiply(-1.0), true)).containsExactly(columns);
        }
    }

    private static double bestAssignment(Tensor cost, int row, int used) {
        if (row == cost.size(0)) {
            return 0;
        }
        double best = Double.POSITIVE_INFINITY;
        for (int j = 0; j < cost.size(1); j++) {
            if ((used >> j & 1) == 0) {
                best = Math.min(best, cost.get(row, j) + bestAssignment(cost, row + 1, used | 1 << j));
            }
        }
        return best;
    }

    @Test
    void sparseCodesFindTheAtomsASignalIsMadeOf() {
        Tensor dictionary = normal(40, 30).multiply(3.0);
        Tensor code = scope.zeros(20, 40);
        for (int i = 0; i < 20; i++) {
            code.set(2, i, i);
            code.set(-1.5, i, i + 7);
        }
        Tensor signals = code.matmul(dictionary);
        Tensor found = solvers.sparseCode(dictionary, signals, 4, 1e-9, scope);
        assertThat(found.subtract(code).maxAbs()).isLessThan(1e-4);
        Tensor one = solvers.sparseCode(dictionary, signals, 1, 0, scope);
        for (int i = 0; i < 20; i++) {
            assertThat(scope.of(one.row(i).toFloats(), 40).abs().topK(2).toInts()[0]).isNotNegative();
            double before = signals.row(i).square().sum();
            double after = one.slice(0, i, i + 1).matmul(dictionary).subtract(signals.slice(0, i, i + 1)).square()
                    .sum();
            assertThat(after).isLessThan(before);
        }
    }

    @Test
    void findsTheWholeFrontOfASmallProblem() {
        // Costs of x and y: the front is where y is zero, and there every x trades one cost for the other.
        List<Solvers.ParetoPoint> front = solvers.paretoFront(new int[] {20, 20},
                genes -> new double[] {genes[0] + genes[1], (19 - genes[0]) + 2 * genes[1]}, 40, 60, stream);
        assertThat(front).hasSize(20);
        for (int i = 0; i < 20; i++) {
            assertThat(front.get(i).genes()).containsExactly(i, 0);
        }
    }

    @Test
    void wrongArgumentsAreRefusedWithASentence() {
        Tensor x = scope.zeros(2, 3);
        assertThatThrownBy(() -> solvers.quantiles(x, new double[] {1.5}, Solvers.Interpolation.LOWER, scope))
                .hasMessageContaining("1.5");
        assertThatThrownBy(() -> solvers.clusterLine(new float[] {Float.NaN}, null, 1)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> solvers.cluster(x, null, 3, 1, stream, scope)).hasMessageContaining("[2, 3]");
        assertThatThrownBy(() -> solvers.sparseCode(x, x, 1, 0, scope)).hasMessageContaining("atom 0");
        assertThatThrownBy(() -> solvers.assign(x.fill(Double.NaN), false)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> solvers.paretoFront(new int[0], g -> new double[1], 4, 1, stream))
                .hasMessageContaining("population");
    }
}
