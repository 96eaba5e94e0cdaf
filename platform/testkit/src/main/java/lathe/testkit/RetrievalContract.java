package lathe.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import lathe.spi.Plugin;
import lathe.testkit.Retrieval.Task;

/** What a cache policy leaves of a context is enough to answer as often as with the authors' code, within the spread. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class RetrievalContract {
    private static final int SAMPLES = 20;

    /** Made by subclasses. */
    protected RetrievalContract() {
        super();
    }

    /**
     * One rate of the reference.
     *
     * @param task      what is asked
     * @param reference policy and share kept, such as {@code h2o@0.5}
     * @param id        the cache policy
     * @param settings  its settings, those of the common budget among them
     */
    public record Trial(Task task, String reference, String id, String settings) {
        @Override
        public String toString() {
            return task + ", " + reference;
        }
    }

    /**
     * The plugin that brings the policy.
     *
     * @return a new object
     */
    protected abstract Plugin plugin();

    /**
     * The rates that the policy is held to.
     *
     * @return at least one
     */
    protected abstract List<Trial> trials();

    /**
     * The shared folder's model, tasks and figures; without them the test is skipped.
     *
     * @return never null
     */
    protected static Retrieval retrieval() {
        Retrieval retrieval = Retrieval.find().orElse(null);
        Assumptions.assumeTrue(retrieval != null, "The shared folder with model, tasks and figures is not there.");
        return retrieval;
    }

    @ParameterizedTest
    @MethodSource("trials")
    void findsAsManyFactsAsTheAuthorsCode(Trial trial) {
        double expected = retrieval().reference(trial.task(), trial.reference());
        assertThat(retrieval().rate(trial.task(), SAMPLES, trial.id(), trial.settings(), plugin()))
                .isCloseTo(expected, within(Retrieval.spread(expected, SAMPLES)));
    }
}
