package lathe.launcher.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.BuiltPlugins;
import lathe.launcher.BundleBuilder;
import lathe.launcher.Installation;
import lathe.launcher.Platform;
import lathe.runtime.run.ProgressListener;

/** All methods of this source tree with each other, and the matrix itself with methods that do not keep its promise. */
class CompositionMatrixTest {
    /** A sample: {@code lathe matrix} tries more of them. */
    private static final int THREES = 50;

    @TempDir
    private Path folder;

    private MatrixResult run(int threes) throws IOException {
        try (Platform platform = Platform.start(new Installation(folder, folder.resolve("plugins")))) {
            return new CompositionMatrix(platform.runner(), folder.resolve("work"), 8).run(threes,
                    ProgressListener.NONE);
        }
    }

    @Test
    void everyCombinationOfInstalledMethodsWorksOrIsRefusedAtPlanning() throws IOException {
        assumeThat(BuiltPlugins.copyTo(folder.resolve("plugins"))).as("bundles built before the launcher").isNotEmpty();
        MatrixResult result = run(THREES);
        System.out.println(new MatrixTable(result).markdown());
        assertThat(result.failures()).isEmpty();
        assertThat(result.settings().keySet()).allSatisfy(entry -> assertThat(result.tried())
                .as("%s works in some combination", entry)
                .anyMatch(one -> one.outcome() == Tried.Outcome.WORKS && one.combination().methods().contains(entry)));
    }

    private void pruner(String id, String members) {
        BundleBuilder.pruner("com.acme." + id, "1.0.0", id, members).write(folder.resolve("plugins/" + id + ".jar"));
    }

    @Test
    void tellsWhatWorksFromWhatIsRefusedAndWhatFails() throws IOException {
        Files.createDirectories(folder.resolve("plugins"));
        BundleBuilder.keeper("com.acme.keeps", "1.0.0", "keeps").write(folder.resolve("plugins/keeps.jar"));
        pruner("bursts", "public Pruned prune(WeightScene scene) { throw new IllegalStateException(\"no\"); }");
        pruner("refuses", """
                public java.util.Optional<Refusal> refuses(ModelInfo model) {
                    return java.util.Optional.of(Refusal.because("It is Sunday."));
                }
                public Pruned prune(WeightScene scene) { throw new IllegalStateException("never"); }
                """);
        MatrixResult result = run(0);
        assertThat(result.tried()).extracting(one -> one.combination().title() + " " + one.outcome())
                .containsExactlyInAnyOrder("keeps WORKS", "bursts FAILS", "refuses REFUSED");
        assertThat(new MatrixTable(result).notes())
                .anyMatch(line -> line.contains("refuses: The pruner cannot do this: It is Sunday."))
                .anyMatch(line -> line.startsWith("FAILS: bursts"));
        assertThat(new MatrixTable(result).summary())
                .startsWith("3 combinations: 1 work, 1 are refused at planning, 1 fail.");
    }
}
