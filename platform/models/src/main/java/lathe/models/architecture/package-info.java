/**
 * Architectures as data. A family of models is one HOCON description (resources beside this package): how the numbers of
 * {@code config.json} become dimensions, what a block can do, which tensors there are and of which shapes. From a
 * description and a config comes an {@link lathe.models.architecture.ArchitectureConfig}, from a folder a
 * {@link lathe.models.architecture.ModelFolder} with every tensor by its role.
 */
package lathe.models.architecture;
