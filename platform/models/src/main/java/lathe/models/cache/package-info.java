/**
 * The platform's own caches: everything kept ({@link lathe.spi.kv.FullStore}), and what an evictor leaves
 * ({@link lathe.models.cache.EvictingStore}).
 */
package lathe.models.cache;
