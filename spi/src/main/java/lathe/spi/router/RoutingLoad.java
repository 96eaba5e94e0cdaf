package lathe.spi.router;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;

import lathe.spi.autograd.Input;
import lathe.spi.autograd.Variable;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * How tokens and probabilities spread over the experts: what balance losses and statistics are made of. Loads of several
 * layers add up to the pooled one.
 *
 * <p>Published losses differ by factors, so that each has a name here: with p_e the mean probability of expert e and f_e
 * the share of tokens that have it among their k,
 * <ul>
 * <li>{@link #balanceLoss()} = E sum_e f_e p_e is k when balanced: Switch (arXiv 2101.03961, eq. 4) and GShard with
 * their first choices, flaxformer, and over pooled layers transformers' {@code load_balancing_loss_func};
 * <li>{@link #balanceLossPerChoice(int)} divides it by k and is 1 when balanced: Megatron-Core, DeepSpeed's
 * {@code topkgating}, and in each sequence DeepSeek (arXiv 2412.19437, eqs. 17 to 20).
 * </ul>
 * Counts are constants for the gradient.
 */
public final class RoutingLoad {
    private final double[] probabilities;
    private final long[] tokens;
    private final long rows;

    private RoutingLoad(double[] probabilities, long[] tokens, long rows) {
        this.probabilities = probabilities;
        this.tokens = tokens;
        this.rows = rows;
    }

    /**
     * The load of one layer.
     *
     * @param probabilities [n, experts], rows sum to 1
     * @param load          tokens of every expert
     * @return the load
     */
    public static RoutingLoad of(Tensor probabilities, int[] load) {
        return of(probabilities, load, 0, probabilities.size(0));
    }

    /**
     * The load of some rows, such as a sequence.
     *
     * @param probabilities [n, experts], rows sum to 1
     * @param load          tokens of every expert among the rows
     * @param from          first row
     * @param to            row after the last
     * @return the load
     */
    public static RoutingLoad of(Tensor probabilities, int[] load, int from, int to) {
        requireNonNull(probabilities, "probabilities is null");
        if (probabilities.size(1) != load.length) {
            throw new IllegalArgumentException("The load has " + load.length + " experts, but the probabilities are "
                    + probabilities.shape() + ".");
        }
        double[] sums = new double[load.length];
        long[] tokens = new long[load.length];
        float[] row = new float[load.length];
        for (int token = from; token < to; token++) {
            probabilities.copyRow(token, row);
            for (int expert = 0; expert < row.length; expert++) {
                sums[expert] += row[expert];
            }
        }
        for (int expert = 0; expert < load.length; expert++) {
            tokens[expert] = load[expert];
        }
        return new RoutingLoad(sums, tokens, to - from);
    }

    /**
     * This load and that of another layer or batch.
     *
     * @param other of as many experts
     * @return the load of all rows together
     */
    public RoutingLoad plus(RoutingLoad other) {
        double[] sums = probabilities.clone();
        long[] counts = tokens.clone();
        for (int expert = 0; expert < sums.length; expert++) {
            sums[expert] += other.probabilities[expert];
            counts[expert] += other.tokens[expert];
        }
        return new RoutingLoad(sums, counts, rows + other.rows);
    }

    /**
     * E sum_e f_e p_e; k when balanced.
     *
     * @return the loss before its coefficient; 0 for no tokens
     */
    public double balanceLoss() {
        if (rows == 0) {
            return 0;
        }
        double sum = 0;
        for (int expert = 0; expert < tokens.length; expert++) {
            sum += probabilities[expert] / rows * (tokens[expert] / (double) rows);
        }
        return sum * tokens.length;
    }

    /**
     * E/k sum_e f_e p_e; 1 when balanced.
     *
     * @param k experts a token
     * @return the loss before its coefficient; 0 for no tokens
     */
    public double balanceLossPerChoice(int k) {
        return balanceLoss() / k;
    }

    /**
     * How much the fullest expert is above the mean: max load / mean load - 1.
     *
     * @return 0 when balanced; 0 for no tokens
     */
    public double maxViolation() {
        long total = 0;
        long most = 0;
        for (long count : tokens) {
            total += count;
            most = Math.max(most, count);
        }
        return total == 0 ? 0 : (double) most * tokens.length / total - 1;
    }

    /**
     * Experts that have any token.
     *
     * @return how many
     */
    public int expertsUsed() {
        int used = 0;
        for (long count : tokens) {
            used += count > 0 ? 1 : 0;
        }
        return used;
    }

    /**
     * What every router reports: {@code max_violation} and {@code experts_used}.
     *
     * @return a new map, to be added to
     */
    public Map<String, Double> statistics() {
        Map<String, Double> statistics = new HashMap<>();
        statistics.put("max_violation", maxViolation());
        statistics.put("experts_used", (double) expertsUsed());
        return statistics;
    }

    /**
     * Squared coefficient of variation, as the importance and load losses of arXiv 1701.06538 use it: population variance
     * over squared mean. The authors' code (tensor2tensor, {@code cv_squared}) adds 1e-10 to the latter.
     *
     * @param values one number an expert
     * @return 0 when all are equal
     */
    public static double squaredVariation(double[] values) {
        double mean = 0;
        for (double value : values) {
            mean += value / values.length;
        }
        double variance = 0;
        for (double value : values) {
            variance += (value - mean) * (value - mean) / values.length;
        }
        return variance / (mean * mean + 1e-10);
    }

    /**
     * {@link #squaredVariation(double[])} on a tape.
     *
     * @param values one number an expert
     * @return [1]
     */
    public static Variable squaredVariation(Variable values) {
        float[] numbers = values.value().toFloats();
        double[] exact = new double[numbers.length];
        double mean = 0;
        for (int i = 0; i < exact.length; i++) {
            exact[i] = numbers[i];
            mean += exact[i] / exact.length;
        }
        double variation = squaredVariation(exact);
        double square = mean * mean + 1e-10;
        float[] slopes = new float[exact.length];
        for (int i = 0; i < exact.length; i++) {
            slopes[i] = (float) (2 * (exact[i] - mean - variation * mean) / exact.length / square);
        }
        Scope scope = values.tape().scope();
        return values.tape().operation("squaredVariation", scope.of(new float[] {(float) variation}, 1),
                Input.of(values, upstream -> scope.of(slopes, slopes.length).multiply(upstream.get(0))));
    }
}
