package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.BuiltPlugins;
import lathe.launcher.Installation;
import lathe.launcher.Platform;
import lathe.runtime.config.Problem;
import lathe.runtime.recipe.Reproducer;
import lathe.runtime.run.RunOptions;

/** Every recipe of the source tree: its graph and its claims are sound. Running them is for {@code lathe reproduce --all}. */
class ShippedRecipesTest {
    private static final Path ROOT = Path.of(System.getProperty("lathe.root", "../..")).toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private String configs;

    @BeforeEach
    void findFragments() {
        configs = System.getProperty("lathe.configs");
        System.setProperty("lathe.configs", ROOT.resolve("configs").toString());
    }

    @AfterEach
    void forgetFragments() {
        if (configs == null) {
            System.clearProperty("lathe.configs");
        } else {
            System.setProperty("lathe.configs", configs);
        }
    }

    private static List<Path> recipes() throws IOException {
        try (Stream<Path> folders = Files.list(ROOT.resolve("experiments"))) {
            return folders.map(paper -> paper.resolve("recipe.conf")).filter(Files::isRegularFile).sorted().toList();
        }
    }

    @Test
    void everyRecipeIsSound() throws IOException {
        assumeThat(BuiltPlugins.copyTo(folder.resolve("plugins"))).as("bundles built before the launcher").isNotEmpty();
        List<Problem> problems = new ArrayList<>();
        try (Platform platform = Platform.start(new Installation(folder, folder.resolve("plugins")))) {
            Reproducer reproducer = new Reproducer(platform.runner());
            for (Path recipe : recipes()) {
                problems.addAll(reproducer.check(recipe, RunOptions.in(folder.resolve("runs"))));
            }
        }
        assertThat(recipes()).hasSizeGreaterThan(20);
        assertThat(problems).isEmpty();
    }
}
