package lathe.launcher.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import lathe.runtime.registry.NearestNames;
import lathe.spi.LatheException;

/** Finds recipes: {@code <folder>/<paper>/recipe.conf}. */
final class RecipeFolders {
    private static final String FILE = "recipe.conf";

    private final List<Path> folders;

    /** @param further a folder that is looked at first, beside that of the source tree */
    RecipeFolders(Optional<Path> further) {
        List<Path> all = new ArrayList<>();
        further.ifPresent(all::add);
        Optional.ofNullable(System.getProperty("lathe.root")).map(Path::of).or(() -> Optional.of(Path.of("")))
                .map(root -> root.resolve("experiments")).filter(Files::isDirectory).ifPresent(all::add);
        this.folders = List.copyOf(all);
    }

    /** The recipe of a paper, or a recipe's file or folder. */
    Path find(String name) {
        Path given = Path.of(name);
        if (Files.isRegularFile(given)) {
            return given;
        } else if (Files.isRegularFile(given.resolve(FILE))) {
            return given.resolve(FILE);
        }
        Map<String, Path> all = all();
        if (!all.containsKey(name)) {
            throw new LatheException("There is no recipe '" + name + "'." + NearestNames.hint(name, all.keySet())
                    + (all.isEmpty() ? " No folder with recipes was found; name one with --recipes." : " There are: "
                            + String.join(", ", all.keySet()) + "."));
        }
        return all.get(name);
    }

    /** All recipes by the names of their folders, sorted. */
    Map<String, Path> all() {
        Map<String, Path> all = new LinkedHashMap<>();
        for (Path folder : folders) {
            try (Stream<Path> entries = Files.list(folder)) {
                entries.sorted().map(entry -> entry.resolve(FILE)).filter(Files::isRegularFile)
                        .forEach(file -> all.putIfAbsent(file.getParent().getFileName().toString(), file));
            } catch (IOException failure) {
                throw new LatheException("The folder of recipes " + folder + " cannot be read: " + failure.getMessage()
                        + ".", failure);
            }
        }
        return all;
    }
}
