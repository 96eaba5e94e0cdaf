/** The tape of {@code lathe.spi.autograd}: operations with their backward formulas over off-heap tensors. */
package lathe.engine.autograd;
