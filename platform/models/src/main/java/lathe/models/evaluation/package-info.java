/**
 * What a model is worth: perplexity by named protocol, distance to a reference, bytes, speed. Every number is a
 * {@link lathe.spi.graph.Metric}; {@link lathe.models.evaluation.BuiltInMetrics} lists them as methods.
 */
package lathe.models.evaluation;
