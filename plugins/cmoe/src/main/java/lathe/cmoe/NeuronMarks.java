package lathe.cmoe;

import java.util.List;

import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/**
 * Which tokens mark which neuron, a bit each (steps 2 and 3): a token marks the neurons with the largest activations, taken
 * of its normalised input and of normalised rows.
 */
final class NeuronMarks {
    /** What the authors' code keeps a norm from falling to zero with. */
    private static final double LEAST_NORM = 1e-12;

    private final int tokens;
    private final int words;
    private final long[] bits;
    private final int[] counts;
    private int taken;

    NeuronMarks(int neurons, int tokens) {
        this.tokens = tokens;
        this.words = Math.ceilDiv(tokens, Long.SIZE);
        this.bits = new long[Math.multiplyExact(neurons, words)];
        this.counts = new int[neurons];
    }

    /**
     * Marks by given gate and up rows, normalised.
     *
     * @param gate   [neurons, hidden]
     * @param up     [neurons, hidden]
     * @param inputs [tokens, hidden], added to those taken before
     * @param marked neurons that a token marks
     */
    void take(Tensor gate, Tensor up, Tensor inputs, int marked) {
        Tensor normal = normalised(inputs);
        Tensor gated = normal.matmulTransposed(gate).map(x -> x / (1 + Math.exp(-x)));
        Tensor activations = gated.multiply(normal.matmulTransposed(up)).abs();
        float[] row = new float[neurons()];
        for (int token = 0; token < inputs.size(0); token++) {
            activations.copyRow(token, row);
            for (int neuron : Selection.indices(Selection.largest(row, marked))) {
                mark(taken, neuron);
            }
            taken++;
        }
    }

    /** Rows divided by their length. */
    static Tensor normalised(Tensor rows) {
        Tensor result = rows.copy();
        float[] row = new float[rows.size(1)];
        for (int r = 0; r < rows.size(0); r++) {
            rows.copyRow(r, row);
            double square = 0;
            for (float number : row) {
                square += (double) number * number;
            }
            float length = (float) Math.max(Math.sqrt(square), LEAST_NORM);
            for (int i = 0; i < row.length; i++) {
                row[i] /= length;
            }
            result.setRow(r, row);
        }
        return result;
    }

    void mark(int token, int neuron) {
        bits[neuron * words + token / Long.SIZE] |= 1L << token % Long.SIZE;
        counts[neuron]++;
    }

    int neurons() {
        return counts.length;
    }

    int tokens() {
        return tokens;
    }

    /** Tokens that mark a neuron. */
    int count(int neuron) {
        return counts[neuron];
    }

    /** Tokens that mark one of two neurons and not the other. */
    int difference(int first, int second) {
        int sum = 0;
        for (int word = 0; word < words; word++) {
            sum += Long.bitCount(bits[first * words + word] ^ bits[second * words + word]);
        }
        return sum;
    }

    /** Share of some neurons that each token marks. */
    double[] mean(List<Integer> members) {
        double[] mean = new double[tokens];
        for (int member : members) {
            for (int token = 0; token < tokens; token++) {
                mean[token] += has(token, member) ? 1.0 / members.size() : 0;
            }
        }
        return mean;
    }

    /** L1 distance of a neuron's column from a centre. */
    double distance(int neuron, double[] centre) {
        double sum = 0;
        for (int token = 0; token < tokens; token++) {
            sum += has(token, neuron) ? 1 - centre[token] : centre[token];
        }
        return sum;
    }

    private boolean has(int token, int neuron) {
        return (bits[neuron * words + token / Long.SIZE] >>> token % Long.SIZE & 1) != 0;
    }
}
