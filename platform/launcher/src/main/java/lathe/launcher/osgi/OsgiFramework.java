package lathe.launcher.osgi;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.eclipse.osgi.launch.EquinoxFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;

import lathe.spi.LatheException;

/** The running OSGi framework. Its storage is a temporary folder of this process alone: two processes would corrupt one. */
public final class OsgiFramework implements AutoCloseable {
    private static final long MILLIS_TO_STOP = 10_000;

    private final Framework framework;
    private final Path storage;
    private final AtomicInteger files = new AtomicInteger();

    private OsgiFramework(Framework framework, Path storage) {
        this.framework = framework;
        this.storage = storage;
    }

    /**
     * Starts the framework without any bundle.
     *
     * @return the framework, to be closed
     * @throws LatheException if the temporary folder cannot be written or the framework does not start
     */
    public static OsgiFramework start() {
        Path storage = temporaryFolder();
        Framework framework = new EquinoxFactory().newFramework(configuration(storage));
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        try {
            framework.start();
        } catch (BundleException failure) {
            throw new LatheException("The OSGi framework does not start: " + failure.getMessage(), failure);
        } finally {
            // The framework leaves a loader of its own behind, through which ServiceLoader would look for everything.
            Thread.currentThread().setContextClassLoader(context);
        }
        return new OsgiFramework(framework, storage);
    }

    /**
     * A folder that only this process uses. {@link Files#createTempDirectory} would do, but starts the random generator of
     * the security providers for its name: a sixth of the time that {@code lathe methods} takes. The process's number in the
     * name would cost half as much.
     */
    private static Path temporaryFolder() {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        try {
            while (true) {
                String name = "lathe-osgi-" + Long.toHexString(System.nanoTime());
                try {
                    return Files.createDirectory(parent.resolve(name), forOwnerAlone(parent));
                } catch (FileAlreadyExistsException taken) {
                    // The clock has gone on: the next name is another.
                }
            }
        } catch (IOException failure) {
            throw new LatheException("No folder can be made in " + parent
                    + ", where the OSGi framework keeps its bundles: " + failure.getMessage(), failure);
        }
    }

    private static FileAttribute<?>[] forOwnerAlone(Path parent) {
        boolean posix = parent.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(EnumSet.of(
                        PosixFilePermission.OWNER_READ,
                        PosixFilePermission.OWNER_WRITE,
                        PosixFilePermission.OWNER_EXECUTE))}
                : new FileAttribute<?>[0];
    }

    private static Map<String, String> configuration(Path storage) {
        Map<String, String> configuration = new HashMap<>();
        configuration.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, SpiPackages.exported());
        // A new generation of a bundle is installed while the old one still serves its leases.
        configuration.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
        configuration.put("osgi.compatibility.bootdelegation", "false");
        configuration.put("osgi.framework.useSystemProperties", "false");
        configuration.put("osgi.parentClassloader", "boot");
        return configuration;
    }

    /** A file in the framework's storage that nobody has used yet. */
    Path newFile() {
        return storage.resolve("bundle-" + files.incrementAndGet() + ".jar");
    }

    /**
     * Installs a jar that stays where it is as long as the bundle is installed.
     *
     * @param jar the file
     * @return the bundle, neither resolved nor started
     * @throws BundleException if the framework refuses it
     */
    Bundle install(Path jar) throws BundleException {
        return framework.getBundleContext().installBundle("reference:" + requireNonNull(jar, "jar is null").toUri());
    }

    /** Resolves bundles together as far as possible; one that cannot be is left to fail when it is started. */
    void resolve(Collection<Bundle> bundles) {
        if (!bundles.isEmpty()) {
            framework.adapt(FrameworkWiring.class).resolveBundles(bundles);
        }
    }

    /** How many bundles are installed besides the framework's own. */
    int bundles() {
        return framework.getBundleContext().getBundles().length - 1;
    }

    /** Stops the framework in order and deletes its storage. */
    @Override
    public void close() {
        try {
            framework.stop();
            framework.waitForStop(MILLIS_TO_STOP);
        } catch (BundleException failure) {
            throw new IllegalStateException("The OSGi framework does not stop", failure);
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
        } finally {
            delete(storage);
        }
    }

    /**
     * Deletes the storage and leaves everything else as it is. For a process that ends now, and only where no bundle wants to
     * hear of it: stopping in order takes a tenth of the time of a short command.
     */
    public void abandon() {
        delete(storage);
    }

    private static void delete(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException ignored) {
            // What is left lies in the system's temporary folder and is deleted by the system.
        }
    }
}
