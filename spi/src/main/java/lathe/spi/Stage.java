package lathe.spi;

/**
 * A part of a method's computation that can be run by itself, on given tensors, to be compared with the reference outputs
 * of the same part.
 *
 * @param <C> the method's configuration record
 */
@FunctionalInterface
public interface Stage<C> {
    /**
     * Computes and notes the results.
     *
     * @param config   the parameters of the case that the method has
     * @param scene    inputs, where results are noted under the names that the case expects
     * @param services the platform's services
     */
    void run(C config, StageScene scene, Services services);
}
