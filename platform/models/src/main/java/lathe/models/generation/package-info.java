/**
 * Text from a model: {@link lathe.models.generation.Generator} runs prompts and continuations through the cache,
 * {@link lathe.models.generation.Sampling} says how the next token is chosen.
 */
package lathe.models.generation;
