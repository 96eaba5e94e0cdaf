/**
 * The CUDA backend: memory of a device that lives and dies with scopes, kernels that are launched on a stream and waited for
 * when somebody reads, and the choice of what is computed there. {@link lathe.cuda.Device} is all that it knows of a
 * processor; the driver is one, the emulation of the tests another.
 */
package lathe.cuda;
