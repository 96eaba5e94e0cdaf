package lathe.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.engine.Engine;
import lathe.launcher.ExitCode;
import lathe.launcher.Installation;
import lathe.launcher.Platforms;
import lathe.models.architecture.ModelFolder;
import lathe.models.transformer.ModelWeights;
import lathe.runtime.store.ModelFiles;
import lathe.spi.tensor.Scope;

class ExportCommandTest {
    @TempDir
    private Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Object... arguments) throws IOException {
        Path plugins = Files.createDirectories(home.resolve("plugins"));
        Platforms platforms = Platforms.startedFor(new Installation(home, plugins));
        return LatheCommand.execute(platforms, new PrintWriter(out, true), new PrintWriter(err, true),
                List.of(arguments).stream().map(Object::toString).toArray(String[]::new));
    }

    private static Path sample(String name) {
        Path sample = Path.of(System.getProperty("lathe.shared", "../shared"), "golden/checkpoints", name);
        assumeTrue(Files.isDirectory(sample), () -> "There is no " + sample + ".");
        return sample;
    }

    @Test
    void writesAModelInAnotherLayoutAndSaysWhoLoadsIt() throws IOException {
        Path target = home.resolve("awq");

        assertThat(run("export", sample("gptq-int4-asym-g32"), "--to", target, "--layout", "awq")).isEqualTo(
                ExitCode.DONE);

        assertThat(out.toString()).contains("14 linears as awq, 1 dense", "Can be loaded by: ", "vLLM");
        try (ModelFolder written = ModelFolder.open(target)) {
            assertThat(written.quantization().orElseThrow()).containsEntry("quant_method", "awq");
        }
    }

    @Test
    void writesTheModelOfANodeOfARun() throws IOException {
        Path run = Files.createDirectories(home.resolve("runs/quick/1"));
        Path artifact = Files.createDirectories(home.resolve("runs/.store/objects/ab/abcd"));
        Files.writeString(run.resolve("lineage.json"),
                "{\"addresses\": {\"rtn-4\": \"abcd\", \"quality\": \"ffff\"}}");
        Path source = sample("compressed-tensors-int4-g32");
        try (ModelFolder model = ModelFolder.open(source); Scope scope = Engine.shared().openScope()) {
            ModelFiles.write("rtn-4", ModelWeights.read(model, scope), false, source, artifact);
        }

        assertThat(run("export", run, "--to", home.resolve("a"), "--type", "f32")).isEqualTo(ExitCode.DONE);
        assertThat(run("export", run, "--node", "rtn-5", "--to", home.resolve("b"))).isEqualTo(ExitCode.WRONG_INPUT);

        assertThat(err.toString()).contains("no model 'rtn-5'", "it has 'rtn-4'");
        try (ModelFolder written = ModelFolder.open(home.resolve("a"))) {
            assertThat(written.quantization()).isEmpty();
            assertThat(written.rawConfig()).containsEntry("dtype", "float32");
        }
    }

    @Test
    void refusesLayoutsTypesAndModelsThatAreNotThere() throws IOException {
        Path model = sample("dense-bf16");
        assertThat(run("export", model, "--to", home.resolve("a"), "--layout", "gguf")).isEqualTo(
                ExitCode.WRONG_INPUT);
        assertThat(run("export", model, "--to", home.resolve("a"), "--type", "i4")).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(run("export", model, "--to", home.resolve("a"), "--layout", "gptq")).isEqualTo(
                ExitCode.WRONG_INPUT);
        assertThat(run("export", home.resolve("none"), "--to", home.resolve("a"))).isEqualTo(ExitCode.WRONG_INPUT);

        assertThat(err.toString()).contains("no layout 'gguf'", "no type 'i4'", "dense would do", "There is no folder");
        assertThat(home.resolve("a")).doesNotExist();
    }
}
