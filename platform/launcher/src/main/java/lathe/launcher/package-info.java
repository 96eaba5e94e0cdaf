/**
 * The command line: {@link lathe.launcher.Main} answers it, {@code lathe.launcher.osgi} starts the OSGi framework and
 * feeds the plugins of the installation to the registry, {@code lathe.launcher.command} has one class a command.
 */
package lathe.launcher;
