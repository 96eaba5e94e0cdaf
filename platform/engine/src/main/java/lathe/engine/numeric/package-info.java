/** The engine's worker pool, random streams, decompositions and small solvers. */
package lathe.engine.numeric;
