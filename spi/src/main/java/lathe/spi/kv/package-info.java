/**
 * What the key/value cache keeps. Most policies are an {@link lathe.spi.kv.Evictor}: one score a token; others bring a
 * {@link lathe.spi.kv.KvStore} of their own, which the attention kernels read segment by segment in whatever form it is
 * stored.
 *
 * <p>One step of a layer: the store makes room if it wants to ({@link lathe.spi.kv.KvStore#prepare}); the queries attend
 * to what is stored and, exactly, to the new keys and values; the store takes the new ones in, together with what it
 * asked to see of the attention, and drops or packs what it likes.
 */
package lathe.spi.kv;
