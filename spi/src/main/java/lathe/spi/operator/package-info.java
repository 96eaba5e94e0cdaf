/**
 * The stored forms of a weight. A {@link lathe.spi.operator.LinearOperator} is data in a canonical layout and nothing
 * else; backends make kernels of it, checkpoints write it, {@link lathe.spi.operator.LinearOperator#bytes()} counts it.
 * Made by pruners and quantizers, matched exhaustively by the platform.
 */
package lathe.spi.operator;
