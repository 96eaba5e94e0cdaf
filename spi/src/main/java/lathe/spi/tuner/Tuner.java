package lathe.spi.tuner;

import java.util.Map;

import lathe.spi.autograd.Variable;
import lathe.spi.model.Site;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Says what is trained at a linear layer whose weight stays as it is, and how the layer computes with it. A tuner keeps
 * nothing: its parameters are tensors that the platform owns, moves, saves and restores.
 */
public interface Tuner {
    /**
     * What is trained at a site, before the first step. The layer must compute what the weight alone does.
     *
     * @param site   where
     * @param weight [out, in], frozen
     * @param random draws of this site
     * @param scope  where the tensors live
     * @return float32 by name
     */
    Map<String, Tensor> start(Site site, Tensor weight, RandomStream random, Scope scope);

    /**
     * The layer without its bias.
     *
     * @param input      [n, in]
     * @param weight     [out, in], frozen: gradients pass through it to the input, none is its own
     * @param parameters of this site
     * @return [n, out]
     */
    Variable apply(TunedInput input, Tensor weight, Map<String, Variable> parameters);

    /**
     * The weight that computes the same by itself.
     *
     * @param weight     [out, in], not changed
     * @param parameters of this site
     * @return [out, in] float32, new, in the weight's scope
     */
    Tensor merge(Tensor weight, Map<String, Tensor> parameters);

    /**
     * Whether weight decay takes from a parameter.
     *
     * @param parameter its name
     * @return true, unless overridden
     */
    default boolean decays(String parameter) {
        return true;
    }

    /**
     * Share of the input's elements that are dropped in training; the others are divided by 1 less it.
     *
     * @return 0, unless overridden
     */
    default double dropout() {
        return 0;
    }
}
