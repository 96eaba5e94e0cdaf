package lathe.testkit.golden;

import java.util.stream.IntStream;

import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.VisibleKeys;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Numbers;

/** What cases ask about a plan besides its output: the mask, the number of pairs, sums of probabilities. */
final class PlanFigures {
    private final GoldenCase golden;
    private final LayerInfo layer;
    private final Tensor queries;
    private final Tensor keys;
    private final boolean[][][] visible;

    PlanFigures(GoldenCase golden, VisibleKeys plan, LayerInfo layer, Tensor queries, Tensor keys) {
        this.golden = golden;
        this.layer = layer;
        this.queries = queries;
        this.keys = keys;
        int[] slots = IntStream.range(0, keys.size(1)).toArray();
        this.visible = new boolean[layer.heads()][queries.size(1)][];
        for (int head = 0; head < layer.heads(); head++) {
            for (int row = 0; row < queries.size(1); row++) {
                visible[head][row] = plan.of(head, row, slots);
            }
        }
    }

    /** Adds figures that the case asks for and the method has not noted itself. */
    void addTo(Findings findings) {
        if (asked("mask", findings)) {
            findings.put("mask", mask());
        }
        if (asked("pairs", findings)) {
            findings.put("pairs", pairs());
        }
        if (golden.expects("lse")) {
            addSums(findings);
        }
    }

    private boolean asked(String name, Findings findings) {
        return golden.expects(name) && !findings.all().containsKey(name);
    }

    /** The mask of the first head; cases with a token mask have the same for all. */
    private Numbers mask() {
        int rows = queries.size(1);
        int columns = keys.size(1);
        double[] bits = new double[rows * columns];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = visible[0][i / columns][i % columns] ? 1 : 0;
        }
        return new Numbers(new int[] {rows, columns}, bits, 0);
    }

    private Numbers pairs() {
        int[] pairs = new int[layer.heads()];
        for (int head = 0; head < pairs.length; head++) {
            for (boolean[] row : visible[head]) {
                for (boolean pair : row) {
                    pairs[head] += pair ? 1 : 0;
                }
            }
        }
        boolean one = golden.expectation("pairs").orElseThrow().values().shape().length == 0;
        return one ? Numbers.of(pairs[0]) : Numbers.of(pairs);
    }

    private void addSums(Findings findings) {
        int heads = layer.heads();
        int rows = queries.size(1);
        int columns = keys.size(1);
        int last = golden.whole("last_rows").orElse(rows);
        int block = golden.whole("block").orElse(columns);
        int blocks = (columns + block - 1) / block;
        double[] lse = new double[heads * rows];
        double[] all = new double[heads * columns];
        double[] lastSums = new double[heads * columns];
        double[] diagonals = new double[heads * columns];
        double[] mass = new double[heads * blocks * blocks];
        for (int head = 0; head < heads; head++) {
            for (int row = 0; row < rows; row++) {
                double[] logits = logits(head, row);
                double largest = java.util.Arrays.stream(logits).max().orElse(0);
                double sum = 0;
                for (double logit : logits) {
                    sum += Math.exp(logit - largest);
                }
                lse[head * rows + row] = largest + Math.log(sum);
                for (int column = 0; column < columns; column++) {
                    double probability = Math.exp(logits[column] - largest) / sum;
                    all[head * columns + column] += probability;
                    if (golden.expects("diagonal_sums_last") && row >= rows - last && probability > 0) {
                        lastSums[head * columns + column] += probability;
                        diagonals[head * columns + row - column] += probability;
                    }
                    if (golden.expects("block_mass")) {
                        mass[(head * blocks + row / block) * blocks + column / block] += probability;
                    }
                }
            }
        }
        findings.put("lse", new Numbers(new int[] {heads, rows}, lse, 0));
        findings.put("column_sums", new Numbers(new int[] {heads, columns}, all, 0));
        findings.put("column_sums_last", new Numbers(new int[] {heads, columns}, lastSums, 0));
        findings.put("diagonal_sums_last", new Numbers(new int[] {heads, columns}, diagonals, 0));
        findings.put("block_mass", new Numbers(new int[] {heads, blocks, blocks}, mass, 0));
    }

    private double[] logits(int head, int row) {
        double[] logits = new double[keys.size(1)];
        Tensor headKeys = keys.row(head / layer.groupSize());
        float[] query = new float[layer.headDim()];
        float[] key = new float[layer.headDim()];
        queries.row(head).copyRow(row, query);
        for (int column = 0; column < logits.length; column++) {
            logits[column] = Double.NEGATIVE_INFINITY;
            if (visible[head][row][column]) {
                headKeys.copyRow(column, key);
                double dot = 0;
                for (int d = 0; d < key.length; d++) {
                    dot += (double) query[d] * key[d];
                }
                logits[column] = dot * layer.scale();
            }
        }
        return logits;
    }
}
