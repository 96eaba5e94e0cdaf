package lathe.models.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

import lathe.models.checkpoint.RegularFile;
import lathe.spi.LatheException;

/** What lies in a folder of cases, and how one of them ends that cannot be run at all. */
final class CaseFolder {
    private CaseFolder() {}

    /** Files or folders directly in a folder, by name; nothing if it is not there. */
    static List<Path> list(Path folder, Predicate<Path> which) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> content = Files.list(folder)) {
            return content.filter(which).sorted().toList();
        } catch (IOException e) {
            throw RegularFile.unreadable(folder, e);
        }
    }

    /**
     * The folders of cases: those in a folder that hold a file, or the folder itself if it does.
     *
     * @param folder a suite's folder or that of one of its cases
     * @param file   what every case has, such as {@code expected.json}
     */
    static List<Path> holding(Path folder, String file) {
        if (Files.isRegularFile(folder.resolve(file))) {
            return List.of(folder);
        }
        return list(folder, path -> Files.isRegularFile(path.resolve(file)));
    }

    /** One comparison; an error for the user, or any other, is a difference of this case alone. */
    static CaseOutcome compared(String group, String name, Supplier<Optional<String>> check) {
        Optional<String> difference;
        try {
            difference = check.get();
        } catch (LatheException e) {
            difference = Optional.of(e.getMessage());
        } catch (RuntimeException e) {
            difference = Optional.of("ended in " + e);
        }
        return new CaseOutcome(group, name, difference);
    }

    /** Cases of several folders; one that cannot be opened is one outcome. */
    static List<CaseOutcome> each(List<Path> folders, Function<Path, List<CaseOutcome>> run) {
        List<CaseOutcome> outcomes = new ArrayList<>();
        for (Path folder : folders) {
            try {
                outcomes.addAll(run.apply(folder));
            } catch (RuntimeException e) {
                String what = e instanceof LatheException ? e.getMessage() : "ended in " + e;
                outcomes.add(new CaseOutcome(String.valueOf(folder.getFileName()), "open", Optional.of(what)));
            }
        }
        return outcomes;
    }
}
