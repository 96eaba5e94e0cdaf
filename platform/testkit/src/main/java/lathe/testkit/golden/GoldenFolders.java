package lathe.testkit.golden;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import lathe.spi.Kind;

/**
 * Folders with cases: {@code <root>/<kind>/<id>/<case>.json}.
 *
 * @param roots folders that hold the kinds' folders
 */
public record GoldenFolders(List<Path> roots) {
    private static final String JSON = ".json";

    /** Copies the list. */
    public GoldenFolders {
        roots = List.copyOf(roots);
    }

    /**
     * The folder of the shared data (system property {@code lathe.shared}) and those of the property
     * {@code lathe.golden}, a path list.
     *
     * @return the folders, whether they exist or not
     */
    public static GoldenFolders ofProperties() {
        List<Path> roots = new ArrayList<>();
        roots.add(Path.of(System.getProperty("lathe.shared", "../shared")).resolve("golden").resolve("methods"));
        return new GoldenFolders(roots).and(System.getProperty("lathe.golden", ""));
    }

    /**
     * These folders and more.
     *
     * @param pathList folders separated as in a class path; may be empty
     * @return all folders
     */
    public GoldenFolders and(String pathList) {
        List<Path> more = new ArrayList<>(roots);
        Arrays.stream(pathList.split(File.pathSeparator)).filter(part -> !part.isBlank()).map(Path::of)
                .forEach(more::add);
        return new GoldenFolders(more);
    }

    /**
     * The folder of a kind.
     *
     * @param kind a kind of methods
     * @return its name; empty for kinds without cases
     */
    public static Optional<String> folderOf(Kind kind) {
        return switch (kind) {
            case PRUNER -> Optional.of("pruners");
            case QUANTIZER -> Optional.of("quantizers");
            case ROUTER -> Optional.of("routers");
            case TUNER -> Optional.of("tuners");
            case ATTENTION -> Optional.of("attention");
            case KV_POLICY -> Optional.of("kv");
            default -> Optional.empty();
        };
    }

    /**
     * Cases of a method. Where a method's id ends in the name of its kind ({@code topk-router}), the folder may leave
     * that out ({@code routers/topk}).
     *
     * @param kind the method's kind
     * @param id   the method's id
     * @return the descriptions, by root and name
     */
    public List<Path> cases(Kind kind, String id) {
        Set<Path> cases = new LinkedHashSet<>();
        for (Path folder : folders(kind, id)) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.list(folder)) {
                    files.filter(file -> file.getFileName().toString().endsWith(JSON)).sorted().forEach(cases::add);
                } catch (IOException failure) {
                    throw new UncheckedIOException("The folder " + folder + " cannot be listed", failure);
                }
            }
        }
        return List.copyOf(cases);
    }

    /**
     * Where cases of a method are looked for.
     *
     * @param kind the method's kind
     * @param id   the method's id
     * @return the folders, whether they exist or not
     */
    public List<Path> folders(Kind kind, String id) {
        List<Path> folders = new ArrayList<>();
        String suffix = "-" + kind.label();
        folderOf(kind).ifPresent(name -> {
            for (Path root : roots) {
                folders.add(root.resolve(name).resolve(id));
                if (id.endsWith(suffix)) {
                    folders.add(root.resolve(name).resolve(id.substring(0, id.length() - suffix.length())));
                }
            }
        });
        return folders;
    }
}
