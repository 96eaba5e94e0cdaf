package lathe.testkit.golden;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.runtime.registry.PluginView;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Method;
import lathe.testkit.scene.MethodSource;

/**
 * All cases of the installed methods: what {@code lathe golden} prints.
 *
 * @param rows method by method, case by case
 */
public record GoldenReport(List<GoldenResult> rows) {
    /** Cases of a stage of the platform's caches, which no method owns. */
    private static final String REROTATION = "key-rerotation";

    /** Copies the rows. */
    public GoldenReport {
        rows = List.copyOf(rows);
    }

    /**
     * Runs the cases.
     *
     * @param view    installed methods, leased as long as this takes
     * @param id      only methods of this id, or all
     * @param folders where cases lie
     * @return a row a case; a method without cases has one row that says where they were looked for
     * @throws LatheException if there is no method of the id
     */
    public static GoldenReport of(PluginView view, Optional<String> id, GoldenFolders folders) {
        requireNonNull(folders, "folders is null");
        MethodSource source = MethodSource.of(view);
        id.filter(name -> !name.equals(REROTATION)).ifPresent(view::require);
        GoldenRunner runner = new GoldenRunner(source);
        List<GoldenResult> rows = new ArrayList<>();
        for (Method<?> method : source.methods()) {
            if (GoldenFolders.folderOf(method.kind()).isEmpty() || !id.map(method.id()::equals).orElse(true)) {
                continue;
            }
            List<Path> cases = folders.cases(method.kind(), method.id());
            cases.forEach(json -> rows.add(runner.run(method.kind(), json)));
            if (cases.isEmpty()) {
                rows.add(missing(method, folders));
            }
        }
        if (id.map(REROTATION::equals).orElse(true)) {
            folders.cases(Kind.KV_POLICY, REROTATION).forEach(json -> rows.add(runner.run(Kind.KV_POLICY, json)));
        }
        return new GoldenReport(rows);
    }

    private static GoldenResult missing(Method<?> method, GoldenFolders folders) {
        return new GoldenResult(method.kind(), method.id(), "-", GoldenResult.Outcome.SKIPPED,
                "no cases in " + folders.folders(method.kind(), method.id()));
    }

    /**
     * Whether no case differs.
     *
     * @return true if all are equal, incomplete or skipped
     */
    public boolean passed() {
        return rows.stream().noneMatch(row -> row.outcome() == GoldenResult.Outcome.DIFFERS);
    }
}
