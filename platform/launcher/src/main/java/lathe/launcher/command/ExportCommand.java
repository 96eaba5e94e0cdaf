package lathe.launcher.command;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.exchange.CheckpointExport;
import lathe.models.exchange.ExportLayout;
import lathe.models.exchange.ExportOptions;
import lathe.models.exchange.ExportResult;
import lathe.models.exchange.ExportSource;
import lathe.models.transformer.ModelWeights;
import lathe.runtime.store.ModelFiles;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;

/** {@code lathe export MODEL --to FOLDER}: writes a model as a folder that other engines load. */
@Command(name = "export", description = "Write a model, or a result of a run, as a folder that other engines load.")
final class ExportCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "A folder with config.json and safetensors, or the folder of a run, such as runs/quickstart/20260101-120000-1234abcd.")
    private Path model;

    @Option(names = "--to", required = true, paramLabel = "FOLDER", description = "Where it goes; must not be there yet, or be empty.")
    private Path target;

    @Option(names = "--node", paramLabel = "TITLE", description = "Which node's model of a run, by the title in its lineage.json.")
    private String node;

    @Option(names = "--layout", paramLabel = "LAYOUT", description = "dense, compressed-tensors, gptq, awq, or lathe: every stored form as it is (default: ${DEFAULT-VALUE}).")
    private String layout = "dense";

    @Option(names = "--type", paramLabel = "TYPE", description = "bf16, f16 or f32 for all that is dense (default: as it is stored).")
    private String type;

    @Override
    public void run() {
        ExportOptions options = options();
        if (!Files.isDirectory(model)) {
            throw new LatheException("There is no folder " + model.toAbsolutePath() + ".");
        }
        Path folder = new RunArtifacts(model).model(Optional.ofNullable(node));
        Engine engine = Engine.shared();
        try (Compute compute = new CpuBackend(engine).open(engine.parallel()); Scope scope = engine.openScope()) {
            print(RunArtifacts.isStored(folder)
                    ? stored(folder, compute, scope, options)
                    : open(folder, compute, scope, options));
        }
    }

    private ExportResult stored(Path folder, Compute compute, Scope scope, ExportOptions options) {
        try (ModelFiles.Stored stored = ModelFiles.read(folder, scope)) {
            return CheckpointExport.write(ExportSource.ofConfig(folder), stored.weights(), compute, scope, options,
                    target);
        }
    }

    private ExportResult open(Path folder, Compute compute, Scope scope, ExportOptions options) {
        try (ModelFolder opened = ModelFolder.open(folder)) {
            return CheckpointExport.write(ExportSource.of(opened), ModelWeights.read(opened, scope), compute, scope,
                    options, target);
        }
    }

    private ExportOptions options() {
        ExportOptions options = ExportOptions.of(ExportLayout.labelled(layout).orElseThrow(() -> new LatheException(
                "There is no layout '" + layout + "'; known are " + String.join(", ", ExportLayout.labels()) + ".")));
        return type == null ? options : options.withType(switch (type.toLowerCase(Locale.ROOT)) {
            case "bf16" -> DataType.BF16;
            case "f16" -> DataType.F16;
            case "f32" -> DataType.F32;
            default -> throw new LatheException("There is no type '" + type + "'; known are bf16, f16, f32.");
        });
    }

    private void print(ExportResult result) {
        PrintWriter out = spec.commandLine().getOut();
        String linears = result.quantized() == 0 ? result.dense() + " linears dense"
                : result.quantized() + " linears as " + layout + ", " + result.dense() + " dense";
        out.println(String.format(Locale.ROOT, "%s: %.2f MiB, %s", target, result.bytes() / 1048576.0, linears));
        result.remarks().forEach(out::println);
        out.println("Can be loaded by: " + String.join("; ", result.engines()));
        out.flush();
    }
}
