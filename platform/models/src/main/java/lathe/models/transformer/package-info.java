/**
 * Runs models: {@link lathe.models.transformer.ModelWeights} are the contents, {@link lathe.models.transformer.Transformer}
 * the computation over them, block by block or whole, and {@link lathe.models.transformer.RunnableModel} a model with its
 * {@link lathe.models.transformer.ServingPlan}: attention pattern, cache policy, router.
 */
package lathe.models.transformer;
