/**
 * Reverse-mode differentiation: a {@link lathe.spi.autograd.Tape} records operations on
 * {@link lathe.spi.autograd.Variable}s and goes back over them. A method brings an operation of its own as a value and,
 * for each input, how its gradient follows from that of the result ({@link lathe.spi.autograd.Tape#operation}).
 */
package lathe.spi.autograd;
