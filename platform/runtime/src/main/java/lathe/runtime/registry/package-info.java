/**
 * The methods that are installed, whatever brought them: OSGi bundles (fed by the launcher) or the class path
 * ({@link lathe.runtime.registry.ClassPathPlugins}). The registry changes while experiments run; whoever plans or runs one
 * takes a {@link lathe.runtime.registry.PluginLease} and sees the same methods until it is closed.
 */
package lathe.runtime.registry;
