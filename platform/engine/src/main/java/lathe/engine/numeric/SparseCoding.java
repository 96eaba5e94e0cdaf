package lathe.engine.numeric;

import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Batched orthogonal matching pursuit (Rubinstein, Zibulevsky and Elad, Technion CS-2008-08): the products of atoms with
 * atoms and with signals are made once, the least squares of each choice by growing a Cholesky factor. Atoms are scaled to
 * length one inside, coefficients scaled back.
 */
final class SparseCoding {
    /** Below it an atom is a combination of those chosen before, and would make the factor singular. */
    private static final double DEPENDENT = 1e-10;

    private final double[][] gram;
    private final double[] lengths;
    private final int atoms;
    private final int most;
    private final double tolerance;

    private SparseCoding(Tensor dictionary, int most, double tolerance) {
        this.atoms = dictionary.size(0);
        this.most = most;
        this.tolerance = tolerance;
        double[][] rows = rows(dictionary);
        lengths = new double[atoms];
        gram = new double[atoms][atoms];
        for (int i = 0; i < atoms; i++) {
            lengths[i] = Math.sqrt(dot(rows[i], rows[i]));
            if (lengths[i] == 0) {
                throw new IllegalArgumentException("sparseCode: atom " + i + " of the dictionary is zero.");
            }
        }
        for (int i = 0; i < atoms; i++) {
            for (int j = 0; j <= i; j++) {
                gram[i][j] = dot(rows[i], rows[j]) / (lengths[i] * lengths[j]);
                gram[j][i] = gram[i][j];
            }
        }
    }

    private static double[][] rows(Tensor matrix) {
        double[][] rows = new double[matrix.size(0)][matrix.size(1)];
        float[] row = new float[matrix.size(1)];
        for (int i = 0; i < rows.length; i++) {
            matrix.copyRow(i, row);
            for (int j = 0; j < row.length; j++) {
                rows[i][j] = row[j];
            }
        }
        return rows;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    static Tensor solve(Tensor dictionary, Tensor signals, int nonZeros, double tolerance, Parallel parallel,
            Scope scope) {
        Matrices.requireMatrix("sparseCode", dictionary);
        Matrices.requireMatrix("sparseCode", signals);
        if (dictionary.size(1) != signals.size(1)) {
            throw new IllegalArgumentException("sparseCode: " + dictionary.shape() + " and " + signals.shape()
                    + " do not fit together.");
        }
        int limit = Math.min(dictionary.size(0), dictionary.size(1));
        if (nonZeros < 0 || nonZeros > limit || !(tolerance >= 0)) {
            throw new IllegalArgumentException("sparseCode: " + nonZeros + " atoms with a tolerance of " + tolerance
                    + " for a dictionary of " + dictionary.shape() + ".");
        }
        SparseCoding coding = new SparseCoding(dictionary, nonZeros, tolerance);
        Tensor result = scope.zeros(signals.size(0), dictionary.size(0));
        double[][] atoms = rows(dictionary);
        parallel.forEach(signals.size(0), 4, (from, to) -> {
            float[] row = new float[signals.size(1)];
            for (int i = from; i < to; i++) {
                signals.copyRow(i, row);
                result.setRow(i, coding.code(atoms, row));
            }
        });
        return result;
    }

    private float[] code(double[][] rows, float[] signal) {
        double[] products = new double[atoms];
        double energy = 0;
        for (float value : signal) {
            energy += (double) value * value;
        }
        for (int i = 0; i < atoms; i++) {
            for (int j = 0; j < signal.length; j++) {
                products[i] += rows[i][j] * signal[j];
            }
            products[i] /= lengths[i];
        }
        int[] chosen = new int[most];
        double[][] factor = new double[most][most];
        double[] coefficients = new double[0];
        double[] residual = products.clone();
        double error = energy;
        int count = 0;
        while (count < most && error > tolerance * energy) {
            int atom = largest(residual, chosen, count);
            if (atom < 0 || !grow(factor, chosen, count, atom)) {
                break;
            }
            chosen[count++] = atom;
            coefficients = solve(factor, chosen, products, count);
            error = energy;
            System.arraycopy(products, 0, residual, 0, atoms);
            for (int c = 0; c < count; c++) {
                // The fit is orthogonal to the rest, so that its energy is what the products with the signal say.
                error -= coefficients[c] * products[chosen[c]];
                for (int i = 0; i < atoms; i++) {
                    residual[i] -= coefficients[c] * gram[chosen[c]][i];
                }
            }
        }
        float[] code = new float[atoms];
        for (int c = 0; c < count; c++) {
            code[chosen[c]] = (float) (coefficients[c] / lengths[chosen[c]]);
        }
        return code;
    }

    private static int largest(double[] residual, int[] chosen, int count) {
        int best = -1;
        for (int i = 0; i < residual.length; i++) {
            boolean free = true;
            for (int c = 0; c < count; c++) {
                free &= chosen[c] != i;
            }
            if (free && residual[i] != 0 && (best < 0 || Math.abs(residual[i]) > Math.abs(residual[best]))) {
                best = i;
            }
        }
        return best;
    }

    private boolean grow(double[][] factor, int[] chosen, int count, int atom) {
        double rest = 1;
        for (int r = 0; r < count; r++) {
            double sum = gram[chosen[r]][atom];
            for (int c = 0; c < r; c++) {
                sum -= factor[r][c] * factor[count][c];
            }
            factor[count][r] = sum / factor[r][r];
            rest -= factor[count][r] * factor[count][r];
        }
        factor[count][count] = Math.sqrt(Math.max(0, rest));
        return rest > DEPENDENT;
    }

    private static double[] solve(double[][] factor, int[] chosen, double[] products, int count) {
        double[] x = new double[count];
        for (int r = 0; r < count; r++) {
            x[r] = products[chosen[r]];
            for (int c = 0; c < r; c++) {
                x[r] -= factor[r][c] * x[c];
            }
            x[r] /= factor[r][r];
        }
        for (int r = count - 1; r >= 0; r--) {
            for (int c = r + 1; c < count; c++) {
                x[r] -= factor[c][r] * x[c];
            }
            x[r] /= factor[r][r];
        }
        return x;
    }
}
