/**
 * What a plugin is: {@link lathe.spi.Plugin} lists {@link lathe.spi.Method}s, each with an id, a kind, a configuration
 * record and a factory. Implemented by plugin authors; found by the platform in OSGi bundles and on a class path through
 * {@code META-INF/services/lathe.spi.Plugin}.
 */
package lathe.spi;
