package lathe.launcher.osgi;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

import lathe.spi.LatheException;
import lathe.spi.Plugin;

/** The packages of the class path that bundles see: those that the SPI's own manifest exports, and HOCON's Config type. */
final class SpiPackages {
    /** Bundles import the range of versions that follows the one they were built with: without a version none would resolve. */
    static final String CONFIG_VERSION = "1.4.5";
    private static final String CONFIG_PACKAGE = "com.typesafe.config";
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    private SpiPackages() {}

    /** The value of {@code org.osgi.framework.system.packages.extra}. */
    static String exported() {
        Path origin = origin();
        try {
            String exports = manifest(origin).getMainAttributes().getValue("Export-Package");
            if (exports == null) {
                throw new LatheException(
                        "The manifest of " + origin + " exports no packages, so plugins would not find "
                                + "the SPI. Build lathe-spi with Maven, which writes it.");
            }
            // All of them come from one place, so that no two can be inconsistent: without what each uses, resolving bundles
            // takes half of the time.
            return exports.replaceAll(";uses:=\"[^\"]*\"", "") + "," + CONFIG_PACKAGE + ";version=\"" + CONFIG_VERSION
                    + "\"" + vectorPackage();
        } catch (IOException failure) {
            throw new LatheException("The manifest of " + origin + " cannot be read: " + failure.getMessage(), failure);
        }
    }

    /**
     * Commands that compute nothing start without the vector module. A bundle that imports it must resolve all the same, so
     * that it can be listed; with the module the framework exports the package by itself.
     */
    private static String vectorPackage() {
        return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent() ? "" : "," + VECTOR_MODULE;
    }

    private static Path origin() {
        try {
            URI location = Plugin.class.getProtectionDomain().getCodeSource().getLocation().toURI();
            return Path.of(location);
        } catch (URISyntaxException failure) {
            throw new IllegalStateException("The SPI lies at no file", failure);
        }
    }

    private static Manifest manifest(Path origin) throws IOException {
        if (Files.isDirectory(origin)) {
            try (InputStream in = Files.newInputStream(origin.resolve(JarFile.MANIFEST_NAME))) {
                return new Manifest(in);
            }
        }
        try (JarFile jar = new JarFile(origin.toFile())) {
            Manifest manifest = jar.getManifest();
            return manifest == null ? withoutAttributes() : manifest;
        }
    }

    private static Manifest withoutAttributes() {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        return manifest;
    }
}
