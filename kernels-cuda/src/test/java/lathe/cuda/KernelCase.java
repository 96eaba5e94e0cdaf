package lathe.cuda;

import lathe.engine.Engine;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

/**
 * One computation on a device and on the CPU engine.
 *
 * @param name  what is computed: shapes and forms
 * @param trial does it
 */
record KernelCase(String name, Trial trial) {
    /** Runs a case. */
    interface Trial {
        /**
         * Computes on both.
         *
         * @param device the backend under test
         * @param cpu    the CPU's kernels
         * @param scope  where tensors live
         * @return both results
         */
        Outcome run(Compute device, Compute cpu, Scope scope);
    }

    /**
     * Results, in row-major order.
     *
     * @param device what the device computed
     * @param cpu    what the CPU computed
     */
    record Outcome(float[] device, float[] cpu) {
        /** Largest difference, as a fraction of the largest number of the CPU; infinite where one is no number. */
        double error() {
            double largest = 1e-6;
            double difference = device.length == cpu.length ? 0 : Double.POSITIVE_INFINITY;
            for (int i = 0; i < Math.min(device.length, cpu.length); i++) {
                largest = Math.max(largest, Math.abs(cpu[i]));
                double here = Math.abs((double) device[i] - cpu[i]);
                difference = Math.max(difference, Double.isNaN(here) ? Double.POSITIVE_INFINITY : here);
            }
            return difference / largest;
        }
    }

    /** Sums of thousands of float32 products in another order. */
    static final double TOLERANCE = 2e-5;

    /** Runs it in a scope of its own. */
    Outcome run(Compute device, Compute cpu) {
        try (Scope scope = Engine.shared().openScope()) {
            return trial.run(device, cpu, scope);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
