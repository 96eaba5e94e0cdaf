/**
 * Off-heap tensors and exact masks. {@link lathe.spi.tensor.Tensor} and {@link lathe.spi.tensor.Scope} are implemented by
 * the engine; {@link lathe.spi.tensor.Mask}, {@link lathe.spi.tensor.Shape} and {@link lathe.spi.tensor.DataType} are
 * values.
 */
package lathe.spi.tensor;
