package lathe.launcher.osgi;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.registry.PluginSource;
import lathe.spi.LatheException;

/**
 * Keeps the framework and the registry equal to what lies in the plugins folder.
 *
 * <p>A bundle is never updated in place, which would cut off code that runs. Changed content is installed as a bundle of
 * its own beside the old one; the registry then points to the new one, and the old one is uninstalled when the last lease
 * that holds it is closed. Content that does not work leaves the old one in use.
 */
public final class PluginFolder {
    private final OsgiFramework framework;
    private final PluginRegistry registry;
    private final Path folder;
    private final Map<Path, Generation> current = new TreeMap<>();

    /** What tells a changed file from an unchanged one without reading it. */
    private record Stamp(long size, FileTime time) {
        /** Written out, because linking what the compiler makes takes longer than all comparisons of a start. */
        boolean same(Stamp other) {
            return other != null && size == other.size && time.equals(other.time);
        }
    }

    /**
     * What is known of one file.
     *
     * @param stamp   size and time when it was read
     * @param jar     its content
     * @param working the content in use, null if there is none; an older one when the newest does not work
     * @param bundle  the bundle in use, null if there is none
     * @param source  the bundle in use as it is listed, null if there is none
     * @param refused the file's content as it is listed if it does not work, otherwise null
     */
    private record Generation(Stamp stamp, PluginJar jar, PluginJar working, Bundle bundle, PluginSource source,
            PluginSource refused) {
        static final Generation NONE = new Generation(null, null, null, null, null, null);

        Generation withStamp(Stamp newer) {
            return new Generation(newer, jar, working, bundle, source, refused);
        }
    }

    /**
     * @param framework where bundles are installed
     * @param registry  what is told of them
     * @param folder    the plugins folder; one that does not exist has no plugins
     */
    public PluginFolder(OsgiFramework framework, PluginRegistry registry, Path folder) {
        this.framework = requireNonNull(framework, "framework is null");
        this.registry = requireNonNull(registry, "registry is null");
        this.folder = requireNonNull(folder, "folder is null");
    }

    /**
     * The folder that is kept up with.
     *
     * @return the plugins folder
     */
    public Path folder() {
        return folder;
    }

    /**
     * Installs what is new in the folder, replaces what has changed and takes out what is gone. A jar that cannot be used
     * is listed in the registry with its problem and harms no other.
     *
     * @return what was done, a sentence a file; empty if nothing has changed
     * @throws LatheException if the folder cannot be listed
     */
    public synchronized List<String> synchronize() {
        Map<Path, Stamp> present = jars();
        List<String> done = new ArrayList<>();
        for (Path gone : current.keySet().stream().filter(file -> !present.containsKey(file)).toList()) {
            remove(gone, done);
        }
        // First all are installed, then all are resolved together and started: bundles may import each other's packages in
        // any order, and resolving them one by one would take most of the time of a start.
        Map<PluginJar, Bundle> installed = new LinkedHashMap<>();
        present.forEach((file, stamp) -> read(file, stamp, installed, done));
        framework.resolve(installed.values());
        List<Attempt> attempts = installed.entrySet().parallelStream()
                .map(entry -> attempt(entry.getKey(), entry.getValue()))
                .toList();
        attempts.forEach(attempt -> finish(attempt, present.get(attempt.jar().file()), done));
        return done;
    }

    /**
     * Whether any installed bundle has code that runs when the framework stops it.
     *
     * @return true if one names an activator
     */
    public synchronized boolean activated() {
        return current.values().stream().anyMatch(known -> known.working() != null && known.working().activated());
    }

    /** What came of starting a bundle: how it is listed, or why it does not work. */
    private record Attempt(PluginJar jar, Bundle bundle, PluginSource listed, String problem) {}

    private void read(Path file, Stamp stamp, Map<PluginJar, Bundle> installed, List<String> done) {
        Generation known = current.getOrDefault(file, Generation.NONE);
        if (stamp.same(known.stamp())) {
            return;
        }
        PluginJar jar = PluginJar.read(file, framework.newFile());
        boolean touched = known.jar() != null && jar.sameContent(known.jar());
        if (touched) {
            jar.discard();
            current.put(file, known.withStamp(stamp));
        } else if (jar.problem().isPresent()) {
            refuse(jar, stamp, jar.problem().get(), done);
        } else {
            try {
                installed.put(jar, framework.install(jar.copy()));
            } catch (BundleException failure) {
                refuse(jar, stamp, "The framework does not take it: " + failure.getMessage(), done);
            }
        }
    }

    private Attempt attempt(PluginJar jar, Bundle bundle) {
        try {
            PluginSource listed = registry.add(new PluginSource(
                    jar.bundle(),
                    jar.version(),
                    "active",
                    jar.file().toString(),
                    jar::digest,
                    null,
                    PluginExtender.start(bundle, jar.plugins())));
            return new Attempt(jar, bundle, listed, listed.problem());
        } catch (PluginExtender.BrokenBundle failure) {
            return new Attempt(jar, bundle, null, failure.getMessage());
        }
    }

    private void finish(Attempt attempt, Stamp stamp, List<String> done) {
        PluginJar jar = attempt.jar();
        if (attempt.problem() != null) {
            if (attempt.listed() != null) {
                registry.remove(attempt.listed(), () -> {});
            }
            uninstall(attempt.bundle(), jar);
            refuse(jar, stamp, attempt.problem(), done);
            return;
        }
        Generation old = current.getOrDefault(jar.file(), Generation.NONE);
        current.put(jar.file(), new Generation(stamp, jar, jar, attempt.bundle(), attempt.listed(), null));
        retire(old);
        done.add((old.source() == null ? "Installed " : "Updated to ") + name(attempt.listed()) + ".");
    }

    /** Lists a file as broken; an older content of it that works stays in use. */
    private void refuse(PluginJar jar, Stamp stamp, String problem, List<String> done) {
        Generation old = current.getOrDefault(jar.file(), Generation.NONE);
        if (old.refused() != null) {
            registry.remove(old.refused(), () -> {});
        }
        PluginSource broken = registry.add(PluginSource.broken(
                jar.bundle(), jar.version(), jar.file().toString(), jar.digest(), problem));
        jar.discard();
        current.put(jar.file(), new Generation(stamp, jar, old.working(), old.bundle(), old.source(), broken));
        done.add(jar.file().getFileName() + " is broken: " + problem
                + (old.source() == null ? "" : " " + name(old.source()) + " stays in use."));
    }

    private void remove(Path file, List<String> done) {
        Generation gone = current.remove(file);
        retire(gone);
        done.add("Removed " + (gone.source() == null ? file.getFileName() : name(gone.source())) + ".");
    }

    private void retire(Generation old) {
        if (old.refused() != null) {
            registry.remove(old.refused(), () -> {});
        }
        if (old.source() != null) {
            Bundle bundle = old.bundle();
            PluginJar jar = old.working();
            registry.remove(old.source(), () -> uninstall(bundle, jar));
        }
    }

    private static void uninstall(Bundle bundle, PluginJar jar) {
        // Who still holds the source may ask what it was.
        jar.discard();
        try {
            if (bundle.getState() != Bundle.UNINSTALLED) {
                bundle.uninstall();
            }
        } catch (BundleException | IllegalStateException ignored) {
            // The framework has stopped or is about to, which uninstalls it too.
        }
    }

    private static String name(PluginSource source) {
        return source.bundle() + " " + source.version();
    }

    private Map<Path, Stamp> jars() {
        Map<Path, Stamp> jars = new TreeMap<>();
        if (!Files.isDirectory(folder)) {
            return jars;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".jar")).toList()) {
                if (Files.exists(file)) {
                    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    jars.put(file, new Stamp(attributes.size(), attributes.lastModifiedTime()));
                }
            }
            return jars;
        } catch (IOException failure) {
            throw new LatheException("The plugins folder " + folder + " cannot be listed: " + failure.getMessage(),
                    failure);
        }
    }
}
