package lathe.engine.autograd;

import lathe.spi.autograd.Input;
import lathe.spi.autograd.Variable;
import lathe.spi.tensor.Scope;

/** Softmax-based operations whose rows are worth double precision: small losses are differences of large logits. */
final class Losses {
    private Losses() {}

    /** dx = p (dy - sum dy p). */
    static void throughSoftmax(double[] probabilities, double[] dy, double[] dx) {
        double along = 0;
        for (int i = 0; i < dx.length; i++) {
            along += dy[i] * probabilities[i];
        }
        for (int i = 0; i < dx.length; i++) {
            dx[i] = probabilities[i] * (dy[i] - along);
        }
    }

    /** Overwrites logits by their log-probabilities. */
    private static void logProbabilities(double[] logits) {
        double most = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            most = Math.max(most, logit);
        }
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit - most);
        }
        double logSum = most + Math.log(sum);
        for (int i = 0; i < logits.length; i++) {
            logits[i] -= logSum;
        }
    }

    static Variable logSoftmax(GradientTape tape, Variable x) {
        int columns = x.value().size(-1);
        return tape.operation("logSoftmax", tape.loops().rows(tape.scope(), columns, (row, in, out) -> {
            logProbabilities(in[0]);
            System.arraycopy(in[0], 0, out, 0, columns);
        }, x.value()), Input.of(x, upstream -> tape.loops().rows(tape.scope(), columns, (row, in, dx) -> {
            logProbabilities(in[0]);
            double sum = 0;
            for (double dy : in[1]) {
                sum += dy;
            }
            for (int i = 0; i < columns; i++) {
                dx[i] = in[1][i] - Math.exp(in[0][i]) * sum;
            }
        }, x.value(), upstream)));
    }

    static Variable crossEntropy(GradientTape tape, Variable logits, int[] labels, double smoothing) {
        int classes = logits.value().size(-1);
        int[] wanted = labels.clone();
        check(wanted, logits, classes);
        Scope scope = tape.scope();
        return tape.operation("crossEntropy", tape.loops().rows(scope, 0, (row, in, out) -> {
            logProbabilities(in[0]);
            double all = 0;
            for (double value : in[0]) {
                all += value / classes;
            }
            out[0] = wanted[row] < 0 ? 0 : -(1 - smoothing) * in[0][wanted[row]] - (smoothing == 0 ? 0
                    : smoothing * all);
        }, logits.value()), Input.of(logits, upstream -> tape.loops().rows(scope, classes, (row, in, dx) -> {
            logProbabilities(in[0]);
            for (int i = 0; i < classes; i++) {
                double target = smoothing / classes + (i == wanted[row] ? 1 - smoothing : 0);
                dx[i] = wanted[row] < 0 ? 0 : in[1][0] * (Math.exp(in[0][i]) - target);
            }
        }, logits.value(), upstream)));
    }

    private static void check(int[] labels, Variable logits, int classes) {
        if (logits.value().rank() != 2 || labels.length != logits.value().size(0)) {
            throw new IllegalArgumentException("crossEntropy: " + labels.length + " labels do not fit logits of "
                    + logits.value().shape() + ".");
        }
        for (int label : labels) {
            if (label >= classes) {
                throw new IllegalArgumentException("crossEntropy: there is no class " + label + " among " + classes
                        + ".");
            }
        }
    }

    static Variable divergence(GradientTape tape, Variable p, Variable q) {
        int classes = p.value().size(-1);
        Scope scope = tape.scope();
        return tape.operation("divergence", tape.loops().rows(scope, 0, (row, in, out) -> {
            logProbabilities(in[0]);
            logProbabilities(in[1]);
            out[0] = divergence(in[0], in[1]);
        }, p.value(), q.value()), Input.of(p, upstream -> tape.loops().rows(scope, classes, (row, in, dp) -> {
            logProbabilities(in[0]);
            logProbabilities(in[1]);
            double whole = divergence(in[0], in[1]);
            for (int i = 0; i < classes; i++) {
                double probability = Math.exp(in[0][i]);
                dp[i] = probability == 0 ? 0 : in[2][0] * probability * (in[0][i] - in[1][i] - whole);
            }
        }, p.value(), q.value(), upstream)), Input.of(q, upstream -> tape.loops().rows(scope, classes,
                (row, in, dq) -> {
                    logProbabilities(in[0]);
                    logProbabilities(in[1]);
                    for (int i = 0; i < classes; i++) {
                        dq[i] = in[2][0] * (Math.exp(in[1][i]) - Math.exp(in[0][i]));
                    }
                }, p.value(), q.value(), upstream)));
    }

    private static double divergence(double[] logP, double[] logQ) {
        double sum = 0;
        for (int i = 0; i < logP.length; i++) {
            double probability = Math.exp(logP[i]);
            sum += probability == 0 ? 0 : probability * (logP[i] - logQ[i]);
        }
        return sum;
    }
}
