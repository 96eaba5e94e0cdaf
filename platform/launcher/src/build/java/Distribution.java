import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.File;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * Puts the distribution together; run by the build as {@code java Distribution.java}, so it keeps to the Java of the JDK
 * that runs Maven. What has not changed is not written again: the class data archives of earlier starts stay valid.
 *
 * <p>Arguments: root of the source tree, folder of the distribution, jar of the launcher, run-time class path.
 */
final class Distribution {
    /** Native libraries by the jar that holds them: the folder inside of the jar and what is taken from it. */
    private record Natives(String jarPrefix, String folder, String namePattern) {}

    private static final List<Natives> NATIVES = List.of(
            new Natives(
                    "openblas-",
                    "org/bytedeco/openblas/linux-x86_64/",
                    "lib(gcc_s|quadmath|gfortran|openblas)\\.so[.0-9]*"),
            new Natives("tokenizers-", "native/lib/linux-x86_64/cpu/", "libtokenizers\\.so"),
            new Natives("jline-", "org/jline/nativ/Linux/x86_64/", "libjlinenative\\.so"));
    private static final String PLATFORM = "linux-x86_64";

    private final Path root;
    private final Path target;

    private Distribution(Path root, Path target) {
        this.root = root;
        this.target = target;
    }

    public static void main(String[] arguments) throws IOException {
        Distribution distribution = new Distribution(Path.of(arguments[0]), Path.of(arguments[1]));
        distribution.writeLibraries(Path.of(arguments[2]), arguments[3].split(File.pathSeparator));
        distribution.writePlugins();
        distribution.writeFiles();
    }

    private void writeLibraries(Path launcher, String[] classPath) throws IOException {
        Path lib = Files.createDirectories(target.resolve("lib"));
        List<String> names = new ArrayList<>();
        for (String element : classPath) {
            Path jar = Path.of(element).getFileName().toString().endsWith(".jar") ? Path.of(element) : launcher;
            String name = jar.getFileName().toString();
            boolean onlyNatives = writeNatives(jar, name);
            if (!onlyNatives && !names.contains(name)) {
                copyUnsigned(jar, lib.resolve(name));
                names.add(name);
            }
        }
        deleteOthers(lib, names);
        // The order is part of what a class data archive is checked against, so it is written down.
        writeIfChanged(target.resolve("lib/classpath"), String.join(":", names));
    }

    /** Unpacks native libraries; says whether the jar holds nothing else that is needed at run time. */
    private boolean writeNatives(Path jar, String name) throws IOException {
        for (Natives natives : NATIVES) {
            if (name.startsWith(natives.jarPrefix())) {
                unpack(jar, natives);
                return name.endsWith("-" + PLATFORM + ".jar");
            }
        }
        return false;
    }

    private void unpack(Path jar, Natives natives) throws IOException {
        Path folder = Files.createDirectories(target.resolve("native").resolve(PLATFORM));
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements();) {
                JarEntry entry = entries.nextElement();
                String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
                Path library = folder.resolve(name);
                boolean wanted = entry.getName().equals(natives.folder() + name) && name.matches(natives.namePattern());
                if (wanted && !(Files.exists(library) && Files.size(library) == entry.getSize())) {
                    try (InputStream in = file.getInputStream(entry)) {
                        replace(in, library);
                    }
                }
            }
        }
    }

    /** Copies a jar, without its signature if it is signed: the JVM archives no classes of signed jars. */
    private static void copyUnsigned(Path jar, Path copy) throws IOException {
        FileTime time = Files.getLastModifiedTime(jar);
        if (Files.exists(copy) && Files.getLastModifiedTime(copy).toMillis() == time.toMillis()) {
            return;
        }
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            boolean signed = file.stream().anyMatch(entry -> isSignature(entry.getName()));
            if (!signed) {
                try (InputStream in = Files.newInputStream(jar)) {
                    replace(in, copy);
                }
            } else {
                writeUnsigned(file, copy);
            }
        }
        Files.setLastModifiedTime(copy, time);
    }

    private static void writeUnsigned(JarFile file, Path copy) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().putAll(file.getManifest().getMainAttributes());
        Path partial = copy.resolveSibling(copy.getFileName() + ".partial");
        try (OutputStream out = Files.newOutputStream(partial); JarOutputStream jar = new JarOutputStream(out, manifest)) {
            for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements();) {
                JarEntry entry = entries.nextElement();
                if (!isSignature(entry.getName()) && !entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    JarEntry written = new JarEntry(entry.getName());
                    written.setTime(entry.getTime());
                    jar.putNextEntry(written);
                    try (InputStream in = file.getInputStream(entry)) {
                        in.transferTo(jar);
                    }
                }
            }
        }
        Files.move(partial, copy, StandardCopyOption.REPLACE_EXISTING);
    }

    private static boolean isSignature(String name) {
        return name.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");
    }

    /** Every bundle that was built, whichever there are; jars that someone else put into the folder stay. */
    private void writePlugins() throws IOException {
        Path plugins = Files.createDirectories(target.resolve("plugins"));
        Path list = target.resolve("lib/bundles");
        Set<String> earlier = Files.exists(list) ? new HashSet<>(Files.readAllLines(list)) : Set.of();
        List<String> names = new ArrayList<>();
        for (Path jar : builtBundles()) {
            copyUnsigned(jar, plugins.resolve(jar.getFileName().toString()));
            names.add(jar.getFileName().toString());
        }
        for (String name : earlier) {
            if (!names.contains(name)) {
                Files.deleteIfExists(plugins.resolve(name));
            }
        }
        writeIfChanged(list, String.join("\n", names));
    }

    private List<Path> builtBundles() throws IOException {
        List<Path> modules = new ArrayList<>();
        try (Stream<Path> folders = Files.list(root.resolve("plugins"))) {
            folders.filter(Files::isDirectory).sorted().forEach(modules::add);
        }
        modules.add(root.resolve("kernels-cuda"));
        List<Path> jars = new ArrayList<>();
        for (Path module : modules) {
            Path built = module.resolve("target");
            if (Files.isDirectory(built) && Files.exists(module.resolve("pom.xml"))) {
                try (DirectoryStream<Path> found = Files.newDirectoryStream(built, "*.jar")) {
                    for (Path jar : found) {
                        if (!jar.getFileName().toString().matches(".*-(sources|javadoc|tests|test-sources)\\.jar")) {
                            jars.add(jar);
                        }
                    }
                }
            }
        }
        return jars;
    }

    private void writeFiles() throws IOException {
        for (String name : List.of("lathe", "LICENSE")) {
            Path file = root.resolve(name);
            if (Files.exists(file)) {
                Files.copy(
                        file,
                        target.resolve(name),
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        copyFolder(root.resolve("configs"), target.resolve("configs"));
        Files.writeString(target.resolve("lib/built"), "");
    }

    private static void copyFolder(Path source, Path copy) throws IOException {
        if (!Files.isDirectory(source)) {
            return;
        }
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = copy.resolve(source.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void deleteOthers(Path lib, List<String> names) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(lib, "*.jar")) {
            for (Path jar : found) {
                if (!names.contains(jar.getFileName().toString())) {
                    Files.delete(jar);
                }
            }
        }
    }

    private static void replace(InputStream in, Path file) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void writeIfChanged(Path file, String text) throws IOException {
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.writeString(file, text);
        }
    }
}
