/**
 * Which keys a query reads. {@link lathe.spi.attention.AttentionPattern} is implemented by plugins: a function from
 * queries and keys to an {@link lathe.spi.attention.AttentionPlan}; the platform's kernels execute plans over caches in
 * any stored form.
 */
package lathe.spi.attention;
