package lathe.engine.autograd;

import lathe.spi.autograd.Input;
import lathe.spi.autograd.Variable;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** RMSNorm and LayerNorm. Their results come from the kernels, the standardised input is made again on the way back. */
final class Norms {
    private Norms() {}

    static Variable rms(GradientTape tape, Variable x, Variable gain, double offset, double epsilon) {
        Scope scope = tape.scope();
        Tensor y = scope.zeros(x.value().shape().toArray());
        tape.compute().rmsNorm(x.value(), gain.value(), offset, epsilon, y);
        double[] factors = gains(gain, offset);
        return tape.operation("rmsNorm", y,
                Input.of(x, upstream -> tape.loops().rows(scope, factors.length, (row, in, dx) -> {
                    double inverse = standardise(in[0], false, epsilon);
                    through(in[0], in[1], factors, inverse, false, dx);
                }, x.value(), upstream)),
                Input.of(gain, upstream -> ofGain(tape, x.value(), upstream, false, epsilon)));
    }

    static Variable layer(GradientTape tape, Variable x, Variable gain, Variable bias, double epsilon) {
        Scope scope = tape.scope();
        Tensor y = scope.zeros(x.value().shape().toArray());
        tape.compute().layerNorm(x.value(), gain.value(), bias.value(), epsilon, y);
        double[] factors = gains(gain, 0);
        return tape.operation("layerNorm", y,
                Input.of(x, upstream -> tape.loops().rows(scope, factors.length, (row, in, dx) -> {
                    double inverse = standardise(in[0], true, epsilon);
                    through(in[0], in[1], factors, inverse, true, dx);
                }, x.value(), upstream)),
                Input.of(gain, upstream -> ofGain(tape, x.value(), upstream, true, epsilon)),
                Input.of(bias, upstream -> summed(upstream.in(scope), factors.length)));
    }

    private static double[] gains(Variable gain, double offset) {
        float[] values = gain.value().toFloats();
        double[] gains = new double[values.length];
        for (int i = 0; i < gains.length; i++) {
            gains[i] = offset + values[i];
        }
        return gains;
    }

    /** Turns a row into what the gain is multiplied with, and gives the factor that it was scaled by. */
    private static double standardise(double[] row, boolean centred, double epsilon) {
        double mean = 0;
        for (double value : row) {
            mean += centred ? value / row.length : 0;
        }
        double square = 0;
        for (double value : row) {
            square += (value - mean) * (value - mean) / row.length;
        }
        double inverse = 1 / Math.sqrt(square + epsilon);
        for (int i = 0; i < row.length; i++) {
            row[i] = (row[i] - mean) * inverse;
        }
        return inverse;
    }

    /** With g = dy * gain: dx = (g - x' mean(g x') - mean(g), the last where the mean was taken away) * inverse. */
    private static void through(double[] standard, double[] dy, double[] gains, double inverse, boolean centred,
            double[] dx) {
        int n = dx.length;
        double along = 0;
        double mean = 0;
        for (int i = 0; i < n; i++) {
            dx[i] = dy[i] * gains[i];
            along += dx[i] * standard[i] / n;
            mean += centred ? dx[i] / n : 0;
        }
        for (int i = 0; i < n; i++) {
            dx[i] = (dx[i] - standard[i] * along - mean) * inverse;
        }
    }

    private static Tensor ofGain(GradientTape tape, Tensor x, Tensor upstream, boolean centred, double epsilon) {
        return summed(tape.loops().rows(tape.scope(), x.size(-1), (row, in, out) -> {
            standardise(in[0], centred, epsilon);
            for (int i = 0; i < out.length; i++) {
                out[i] = in[0][i] * in[1][i];
            }
        }, x, upstream), x.size(-1));
    }

    private static Tensor summed(Tensor rows, int columns) {
        Tensor flat = rows.isContiguous() ? rows : rows.copy();
        return flat.reshape(Math.toIntExact(rows.elements() / Math.max(1, columns)), columns).sum(0);
    }
}
