package lathe.engine.training;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Adafactor (arXiv:1804.04235): of the second moments of a matrix only means over rows and columns are kept. Two forms are
 * in use, which differ in where the least values are added and how the rate is bound.
 *
 * @param form           whose rule
 * @param least          least second moment (eps1)
 * @param leastScale     least scale of a parameter (eps2)
 * @param clip           updates of a larger root mean square are scaled down to it
 * @param decay          the mean's share of the past in step t is 1 - t^decay; negative
 * @param beta1          decay of a mean of updates, if there is one; transformers only
 * @param weightDecay    share of the parameter that a step of rate 1 takes away
 * @param scaleParameter whether the rate is relative to the parameter's root mean square; torch always does that
 * @param relativeStep   whether the rate is min(0.01, 1 / sqrt(step)) instead of what is given; transformers only
 */
public record Adafactor(Form form, double least, double leastScale, double clip, double decay, OptionalDouble beta1,
        double weightDecay, boolean scaleParameter, boolean relativeStep) implements Optimizer {
    private static final double LARGEST_RELATIVE = 1e-2;
    private static final String MEAN = "exp_avg";

    /** Whose rule. */
    public enum Form {
        /** transformers.optimization.Adafactor. */
        TRANSFORMERS("exp_avg_sq_row", "exp_avg_sq_col", "exp_avg_sq"),
        /** torch.optim.Adafactor. */
        TORCH("row_var", "col_var", "variance");

        private final String rows;
        private final String columns;
        private final String whole;

        Form(String rows, String columns, String whole) {
            this.rows = rows;
            this.columns = columns;
            this.whole = whole;
        }
    }

    @Override
    public Map<String, Tensor> start(Tensor parameter, Scope scope) {
        Map<String, Tensor> state = new HashMap<>();
        if (parameter.rank() == 2) {
            state.put(form.rows, scope.zeros(parameter.size(0)));
            state.put(form.columns, scope.zeros(parameter.size(1)));
        } else {
            state.put(form.whole, scope.zeros(parameter.shape().toArray()));
        }
        if (beta1.isPresent()) {
            state.put(MEAN, scope.zeros(parameter.shape().toArray()));
        }
        return state;
    }

    @Override
    public void step(Tensor parameter, Tensor gradient, Map<String, Tensor> state, int step, double rate) {
        try (Scope work = parameter.scope().child()) {
            Tensor p = parameter.in(work);
            double bound = form == Form.TORCH ? Math.min(rate, 1 / Math.sqrt(step))
                    : relativeStep ? Math.min(LARGEST_RELATIVE, 1 / Math.sqrt(step)) : rate;
            double scale = scaleParameter || form == Form.TORCH
                    ? Math.max(leastScale, Optimizer.rootMeanSquare(p)) * bound : bound;
            Tensor update = scaled(gradient.in(work), state, 1 - Math.pow(step, decay));
            update = update.divide(Math.max(1, Optimizer.rootMeanSquare(update) / clip)).multiply(scale);
            if (beta1.isPresent()) {
                double kept = beta1.getAsDouble();
                state.get(MEAN).assign(state.get(MEAN).in(work).multiply(kept).add(update.multiply(1 - kept)));
                update = state.get(MEAN);
            }
            double decayed = weightDecay * (form == Form.TORCH ? rate : scale);
            parameter.assign(p.multiply(1 - decayed).subtract(update));
        }
    }

    /** The gradient over the root of its second moments. */
    private Tensor scaled(Tensor gradient, Map<String, Tensor> state, double kept) {
        Tensor square = form == Form.TRANSFORMERS ? gradient.square().add(least) : gradient.square();
        if (gradient.rank() != 2) {
            Tensor whole = mixed(state.get(form.whole), square, kept);
            return gradient.divide(bounded(whole).sqrt());
        }
        Tensor rows = mixed(state.get(form.rows), square.mean(1), kept);
        Tensor columns = mixed(state.get(form.columns), square.mean(0), kept);
        double mean = rows.sum() / rows.elements();
        Tensor share = rows.in(gradient.scope()).divide(form == Form.TORCH ? Math.max(mean, least) : mean);
        int m = gradient.size(0);
        int n = gradient.size(1);
        Tensor estimate = share.reshape(m, 1).matmul(columns.in(gradient.scope()).reshape(1, n));
        return gradient.divide(bounded(estimate).sqrt());
    }

    private Tensor bounded(Tensor moments) {
        return form == Form.TORCH ? moments.clamp(least * least, Double.POSITIVE_INFINITY) : moments;
    }

    private static Tensor mixed(Tensor state, Tensor news, double kept) {
        state.assign(news.multiply(1 - kept).add(state.in(news.scope()).multiply(kept)));
        return state.in(news.scope());
    }
}
