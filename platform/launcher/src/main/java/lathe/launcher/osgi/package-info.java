/**
 * The embedded OSGi framework: its start, the bundles of the plugins folder, and the extender that finds plugins in them.
 * The platform itself lies on the class path; the system bundle exports the SPI and nothing else of it.
 */
package lathe.launcher.osgi;
