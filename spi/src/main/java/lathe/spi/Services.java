package lathe.spi;

import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;

/**
 * What a method may ask of the platform besides its scene. One object a graph node: its random streams are keyed by the
 * experiment's seed and the node's name, its progress is the node's.
 */
public interface Services {
    /**
     * Opens a scope for tensors that live longer than one call. The caller closes it.
     *
     * @return a new scope
     */
    Scope openScope();

    /**
     * Decompositions, clustering and optimisation.
     *
     * @return the platform's numerics
     */
    LinearAlgebra linearAlgebra();

    /**
     * Clustering, assignment, linear programs, sparse coding and search.
     *
     * @return the platform's solvers
     */
    Solvers solvers();

    /**
     * The worker pool.
     *
     * @return parallel loops over the platform's threads
     */
    Parallel parallel();

    /**
     * Random numbers that do not depend on the thread count.
     *
     * @return streams keyed by this node
     */
    RandomStreams random();

    /**
     * Progress of this node, shown to the user.
     *
     * @return the node's progress line
     */
    Progress progress();

    /**
     * Makes another method that this one builds on, with services of its own.
     *
     * @param <T>      the interface of its kind
     * @param kind     the kind of method
     * @param choice   id and parameters
     * @param contract the interface that it must have, such as {@code Evictor.class}
     * @return a new object
     * @throws LatheException if there is no such method, or it has another interface, or its parameters are wrong
     */
    <T> T method(Kind kind, MethodChoice choice, Class<T> contract);
}
