package lathe.engine.training;

/** How the learning rate goes, as a factor of its peak. All begin with a linear warm-up whose first factor is 0. */
public enum Schedule {
    /** Half a cosine down to 0. */
    COSINE {
        @Override
        double after(int step, int warmup, int total) {
            double progress = (step - warmup) / (double) Math.max(1, total - warmup);
            return Math.max(0, (1 + Math.cos(Math.PI * progress)) / 2);
        }
    },
    /** A line down to 0. */
    LINEAR {
        @Override
        double after(int step, int warmup, int total) {
            return Math.max(0, (total - step) / (double) Math.max(1, total - warmup));
        }
    },
    /** Stays. */
    CONSTANT {
        @Override
        double after(int step, int warmup, int total) {
            return 1;
        }
    },
    /** sqrt(warmup / step). */
    INVERSE_SQRT {
        @Override
        double after(int step, int warmup, int total) {
            return Math.sqrt(Math.max(1, warmup) / (double) Math.max(1, step));
        }
    };

    abstract double after(int step, int warmup, int total);

    /**
     * The factor of a step.
     *
     * @param step   from 0, the first update
     * @param warmup steps of the warm-up, at least 0
     * @param total  steps of the whole training
     * @return from 0 to 1
     */
    public double factor(int step, int warmup, int total) {
        return step < warmup ? step / (double) Math.max(1, warmup) : after(step, warmup, total);
    }

    /**
     * A power of what remains, after a linear warm-up, down to an end that is not 0.
     *
     * @param step   from 0
     * @param warmup steps of the warm-up
     * @param total  steps of the whole training
     * @param end    last factor
     * @param power  of what remains
     * @return from end to 1 after the warm-up
     */
    public static double polynomial(int step, int warmup, int total, double end, double power) {
        if (step < warmup) {
            return step / (double) Math.max(1, warmup);
        }
        double remaining = Math.max(0, 1 - (step - warmup) / (double) Math.max(1, total - warmup));
        return (1 - end) * Math.pow(remaining, power) + end;
    }
}
