/**
 * Recipes: experiment graphs with the claims of a paper, each an expression over the results, judged as holding, failing or
 * not testable here.
 */
package lathe.runtime.recipe;
