package lathe.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The kernels compiled by g++ for the emulated device, and a driver over them: once, and again when a source has changed.
 */
final class EmulationLibrary {
    private static final Path MODULE = module();
    private static Path built;
    private static String reason;

    private EmulationLibrary() {}

    private static Path module() {
        Path root = Path.of(System.getProperty("lathe.root", "..")).resolve("kernels-cuda");
        return (Files.isDirectory(root) ? root : Path.of("")).toAbsolutePath().normalize();
    }

    static Path sources() {
        return MODULE.resolve("src/main/cuda");
    }

    /** Why the kernels cannot be compiled here, empty if they can. */
    static synchronized Optional<String> missing() {
        if (built == null && reason == null) {
            build();
        }
        return Optional.ofNullable(reason);
    }

    /** The shared library. */
    static synchronized Path path() {
        missing().ifPresent(sentence -> {
            throw new IllegalStateException(sentence);
        });
        return built;
    }

    private static void build() {
        try {
            Path library = MODULE.resolve("target/emulation")
                    .resolve(digest().substring(0, 16)).resolve("libcuda.so.1");
            if (!Files.exists(library)) {
                compile(library);
            }
            if (reason == null) {
                built = library;
            }
        } catch (IOException failure) {
            reason = "The CUDA kernels cannot be compiled for the emulated device: " + failure.getMessage();
        }
    }

    private static void compile(Path library) throws IOException {
        Files.createDirectories(library.getParent());
        Path partial = Files.createTempFile(library.getParent(), "kernels", ".so");
        Path log = Files.createTempFile(library.getParent(), "compiler", ".txt");
        try {
            // Checked library calls would take the jumps between fibers for an attack.
            Process compiler = new ProcessBuilder("g++", "-x", "c++", "-std=c++17", "-O2", "-fPIC", "-shared",
                    "-Wall", "-Wno-unknown-pragmas", "-Werror", "-U_FORTIFY_SOURCE", "-DLATHE_EMULATION",
                    "-I", MODULE.resolve("src/test/cuda").toString(),
                    MODULE.resolve("src/test/cuda/driver.cpp").toString(),
                    "-o", partial.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!compiler.waitFor(5, TimeUnit.MINUTES) || compiler.exitValue() != 0) {
                compiler.destroyForcibly();
                throw new AssertionError("g++ does not compile the kernels:\n" + Files.readString(log));
            }
            move(partial, library);
        } catch (IOException noCompiler) {
            reason = "g++ is missing on this machine, so that the CUDA kernels are not emulated: "
                    + noCompiler.getMessage();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            reason = "Compiling the kernels was interrupted.";
        } finally {
            Files.deleteIfExists(partial);
            Files.deleteIfExists(log);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException slower) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Digest of all that is compiled, in the order of names. */
    private static String digest() throws IOException {
        return digest(List.of(sources(), MODULE.resolve("src/test/cuda")), ".cu", ".cuh", ".h", ".cpp");
    }

    /** Digest of files with some endings: ending by ending, in the order of names. */
    static String digest(List<Path> folders, String... endings) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String ending : endings) {
                for (Path folder : folders) {
                    try (Stream<Path> files = Files.list(folder)) {
                        for (Path file : files.filter(one -> one.toString().endsWith(ending)).sorted().toList()) {
                            digest.update(Files.readString(file).getBytes(StandardCharsets.UTF_8));
                        }
                    }
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
