package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.CRC32;

import lathe.launcher.Installation;

/**
 * The printed list of methods of an earlier start, which answers {@code lathe methods} without starting the framework as
 * long as nothing that it was made from has changed: the jars of the plugins folder (name, size, time and a checksum of every
 * byte), Lathe's own class path, the options {@code lathe.*} of the start, the Java and the width of the table. All of that
 * stands in the file before the text and is compared word by word. A list that names a broken bundle is not kept: what is
 * missing may be there next time.
 */
public final class KeptMethodList {
    private static final String END_OF_KEY = "\n--- printed\n";
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final String key;

    private KeptMethodList(Path file, String key) {
        this.file = file;
        this.key = key;
    }

    /**
     * Looks at everything that the list depends on.
     *
     * @param cache        the folder of what is kept between starts; it may not exist
     * @param installation whose methods are listed
     * @param width        columns of the table
     * @return the list of that state of the installation, kept or not
     * @throws IOException if a jar cannot be read; then nothing can be said about what was printed for it
     */
    public static KeptMethodList of(Path cache, Installation installation, int width) throws IOException {
        requireNonNull(cache, "cache is null");
        StringBuilder key = new StringBuilder("width ").append(width);
        key.append("\njava ").append(System.getProperty("java.vm.version"));
        for (String option : new TreeMap<>(System.getProperties()).keySet().toArray(new String[0])) {
            if (option.startsWith("lathe.")) {
                key.append('\n').append(option).append('=').append(System.getProperty(option));
            }
        }
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            stamp(Path.of(element), key);
        }
        key.append("\nplugins ").append(installation.plugins());
        for (Path jar : jars(installation.plugins())) {
            stamp(jar, key).append(' ').append(Long.toHexString(checksum(jar)));
        }
        String name = Integer.toHexString((installation.plugins() + " " + width).hashCode());
        return new KeptMethodList(cache.resolve("methods-" + name + ".txt"), key + END_OF_KEY);
    }

    private static StringBuilder stamp(Path file, StringBuilder key) throws IOException {
        key.append('\n').append(file);
        if (Files.exists(file)) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            key.append(' ').append(attributes.size()).append(' ').append(attributes.lastModifiedTime());
        }
        return key;
    }

    private static List<Path> jars(Path folder) throws IOException {
        List<Path> jars = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    if (file.toString().endsWith(".jar")) {
                        jars.add(file);
                    }
                }
            }
        }
        Collections.sort(jars);
        return jars;
    }

    /** CRC-32 tells accidents and rebuilds apart, which is all that is asked here, and takes no time. */
    private static long checksum(Path file) throws IOException {
        CRC32 sum = new CRC32();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sum.update(buffer, 0, read);
            }
        }
        return sum.getValue();
    }

    /**
     * What was printed for this state.
     *
     * @return the text, null if there is none; not an Optional, as the answer is needed before anything else is loaded
     */
    public String text() {
        try {
            String kept = Files.exists(file) ? Files.readString(file) : "";
            return kept.startsWith(key) ? kept.substring(key.length()) : null;
        } catch (IOException | IllegalArgumentException unreadable) {
            return null;
        }
    }

    /**
     * Keeps what was printed for this state. A folder that cannot be written is no error: the next start takes longer.
     *
     * @param text what was printed
     */
    public void keep(String text) {
        Path partial = file.resolveSibling(file.getFileName() + "." + System.nanoTime());
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(partial, key + text);
            try {
                Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException elsewhere) {
                Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException unwritable) {
            partial.toFile().delete();
        }
    }
}
