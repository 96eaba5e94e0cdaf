/**
 * What methods see of a model: its sizes, the places of its weights ({@link lathe.spi.model.Site}), its layers. Values,
 * and views implemented by the platform.
 */
package lathe.spi.model;
