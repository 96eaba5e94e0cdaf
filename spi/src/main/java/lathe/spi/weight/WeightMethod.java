package lathe.spi.weight;

import java.util.List;
import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.ModelView;
import lathe.spi.statistics.Requirements;
import lathe.spi.tensor.Scope;

/** What pruners, quantizers and block editors have in common. Objects are made anew for every graph node. */
public interface WeightMethod {
    /**
     * Which statistics are needed. Asked once, before the walk.
     *
     * @return none by default
     */
    default Requirements requirements() {
        return Requirements.none();
    }

    /**
     * Whether the method can do this model, asked at planning time.
     *
     * @param model the model's description
     * @return a reason why not, empty if it can
     */
    default Optional<Refusal> refuses(ModelInfo model) {
        return Optional.empty();
    }

    /**
     * Whether calibration text of such sizes will do, asked at planning time if there is any.
     *
     * @param sequences how many sequences there are
     * @param length    tokens of each
     * @return a reason why not, empty if it will
     */
    default Optional<Refusal> refusesText(int sequences, int length) {
        return Optional.empty();
    }

    /**
     * What is made of the calibration sequences before anything runs on them.
     *
     * @param sequences token ids
     * @return the same, by default
     */
    default List<int[]> calibration(List<int[]> sequences) {
        return sequences;
    }

    /**
     * Rewrites the model without changing its function, before anything else. Asked again when a run goes on that was cut
     * off, and must then give the same.
     *
     * @param model the model with all its weights, whatever the plan lets the method touch
     * @param scope where the result may live
     * @return nothing, by default
     */
    default ModelEdit prepare(ModelView model, Scope scope) {
        return ModelEdit.none();
    }

    /**
     * Whether a whole-model budget is wanted. Only then are dense statistics of all sites collected first.
     *
     * @return false by default
     */
    default boolean allocates() {
        return false;
    }

    /**
     * Shares a budget among the sites, before any edit. Called once if {@link #allocates()}.
     *
     * @param model      the dense model
     * @param statistics the required statistics of every site, through the dense model
     * @return every site's share
     */
    default Allocation allocate(ModelView model, ModelStatistics statistics) {
        return Allocation.uniform();
    }
}
