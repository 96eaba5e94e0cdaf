package lathe.runtime.config;

import java.util.List;
import java.util.stream.Collectors;

import lathe.spi.LatheException;

/** An experiment that cannot be run as it is written, with everything that is wrong with it. */
public final class ExperimentException extends LatheException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /**
     * @param problems at least one
     */
    public ExperimentException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /**
     * What is wrong.
     *
     * @return at least one problem
     */
    public List<Problem> problems() {
        return problems;
    }
}
