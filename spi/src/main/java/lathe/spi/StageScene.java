package lathe.spi;

import java.util.Optional;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What a {@link Stage} is run on. Results are noted. */
public interface StageScene extends Notes {
    /**
     * An input.
     *
     * @param name its name
     * @return the tensor, read-only
     * @throws LatheException if there is none
     */
    Tensor input(String name);

    /**
     * An input that may be missing.
     *
     * @param name its name
     * @return the tensor, if there is one
     */
    Optional<Tensor> find(String name);

    /**
     * All parameters of the case, those that are none of the method's among them.
     *
     * @return the parameters as given
     */
    StageParameters parameters();

    /**
     * Where intermediate tensors live.
     *
     * @return a scope that is closed after the results were taken
     */
    Scope scope();
}
