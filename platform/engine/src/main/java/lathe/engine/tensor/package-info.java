/** Off-heap tensors, their scopes, and the operations of the SPI's tensor. */
package lathe.engine.tensor;
