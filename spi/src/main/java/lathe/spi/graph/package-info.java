/**
 * The open-ended kinds: {@link lathe.spi.graph.Step}, {@link lathe.spi.graph.Metric}, {@link lathe.spi.graph.Task},
 * {@link lathe.spi.graph.ModelSource}, {@link lathe.spi.graph.DataSource}. Implemented by plugins and by the platform.
 */
package lathe.spi.graph;
