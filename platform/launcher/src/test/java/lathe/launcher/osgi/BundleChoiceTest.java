package lathe.launcher.osgi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.launcher.BundleBuilder;
import lathe.launcher.Installation;
import lathe.launcher.Platform;
import lathe.launcher.command.MethodList;
import lathe.launcher.terminal.Terminal;
import lathe.runtime.config.Overrides;
import lathe.runtime.config.Problem;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.run.RunOptions;
import lathe.runtime.run.RunResult;

/** One method id, brought by two versions of one bundle and by another bundle, in one plugins folder. */
class BundleChoiceTest {
    private static final Path TINY = Path.of(System.getProperty("lathe.root", "../.."))
            .resolve("experiments/models/lathe-tiny").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    @BeforeEach
    void bundles() throws IOException {
        Path plugins = Files.createDirectories(folder.resolve("plugins"));
        BundleBuilder.keeper("com.acme.keep", "1.0.0", "keep").write(plugins.resolve("keep-1.0.0.jar"));
        BundleBuilder.keeper("com.acme.keep", "1.2.0", "keep").write(plugins.resolve("keep-1.2.0.jar"));
        BundleBuilder.keeper("org.other.keep", "2.0.0", "keep").write(plugins.resolve("other.jar"));
    }

    private Path experiment(String nodes) throws IOException {
        return Files.writeString(folder.resolve("x.conf"),
                "graph {\n  dense { load = \"" + TINY + "\" }\n" + nodes + "\n}\n");
    }

    private Platform platform() {
        return Platform.start(new Installation(folder, folder.resolve("plugins")));
    }

    /** Which node was given which bundle, as the lineage of a run says. */
    private static List<String> lineage(RunResult result) throws IOException {
        JsonObject lineage = JsonParser.parseString(Files.readString(result.folder().resolve("lineage.json")))
                .getAsJsonObject();
        List<String> lines = new ArrayList<>();
        for (JsonElement element : lineage.getAsJsonArray("bundles")) {
            JsonObject bundle = element.getAsJsonObject();
            assertThat(bundle.get("digest").getAsString()).hasSize(64);
            for (JsonElement node : bundle.getAsJsonArray("nodes")) {
                lines.add(node.getAsString() + ": " + bundle.get("bundle").getAsString() + " "
                        + bundle.get("version").getAsString());
            }
        }
        return lines;
    }

    @Test
    void anExperimentChoosesBundleAndVersionAndTheLineageSaysWhich() throws IOException {
        Path file = experiment("""
                  by-default { prune = keep, of = dense }
                  by-name { prune = keep, of = dense, bundle = "com.acme.keep" }
                  by-range { prune = keep, of = dense, version = "[1.0,1.2)" }
                  by-both { prune = keep, of = dense, bundle = "com.acme.keep", version = 1.2.0 }
                """);
        try (Platform platform = platform()) {
            RunResult result = platform.runner().run(file, RunOptions.in(folder.resolve("runs")));
            assertThat(result.report().warnings()).isEmpty();
            assertThat(lineage(result)).containsExactlyInAnyOrder("by-default: org.other.keep 2.0.0",
                    "by-name: com.acme.keep 1.2.0", "by-range: com.acme.keep 1.0.0", "by-both: com.acme.keep 1.2.0");
        }
    }

    @Test
    void aChoiceThatNoBundleMeetsIsRefusedAtPlanning() throws IOException {
        Path file = experiment("  x { prune = keep, of = dense, bundle = \"com.acme.kep\", version = \"[3,4)\" }");
        try (Platform platform = platform()) {
            assertThat(platform.runner().check(file, Overrides.NONE).problems()).extracting(Problem::sentence)
                    .containsExactly(
                            "The method 'keep' is not in the bundle 'com.acme.kep' of version [3,4). Did you mean "
                                    + "com.acme.keep? It comes with org.other.keep 2.0.0, com.acme.keep 1.2.0, "
                                    + "com.acme.keep 1.0.0.");
        }
    }

    @Test
    void theListNamesTheConflictAndWhatIsUsed() {
        try (Platform platform = platform()) {
            StringWriter text = new StringWriter();
            MethodList.print(platform, Terminal.NONE, new PrintWriter(text));
            assertThat(text.toString())
                    .contains("Conflict: keep also comes with com.acme.keep@1.2.0, com.acme.keep@1.0.0; "
                            + "org.other.keep@2.0.0 is used. bundle = ... and version = ... beside the method's parameters choose "
                            + "another.");
        }
    }

    @Test
    void deletingTheChosenVersionLeavesTheNextOne() throws IOException {
        try (Platform platform = platform()) {
            Files.delete(folder.resolve("plugins/other.jar"));
            platform.plugins().synchronize();
            InstalledMethod keep = platform.registry().view().require("keep");
            assertThat(keep.source().bundle() + " " + keep.source().version()).isEqualTo("com.acme.keep 1.2.0");
        }
    }
}
