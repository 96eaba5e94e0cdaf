package lathe.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.engine.Engine;
import lathe.models.architecture.ModelFolder;
import lathe.models.exchange.CheckpointExport;
import lathe.models.exchange.ExportLayout;
import lathe.models.exchange.ExportOptions;
import lathe.models.exchange.ExportSource;
import lathe.models.transformer.ModelWeights;
import lathe.runtime.store.ModelFiles;
import lathe.spi.Kind;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.WeightMethod;
import lathe.testkit.golden.TemporaryModel;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;

/** Weights and inputs for the contracts of pruners and quantizers. */
abstract class WeightContract extends MethodContract {
    static final int ROWS = 24;
    static final int COLUMNS = 48;
    private static final int[] SEQUENCES = {60, 60, 24};

    /**
     * Settings under which the method does not rewrite the whole model beforehand.
     *
     * @return HOCON beside {@link #settings()}, empty unless overridden
     */
    protected String targeted() {
        return "";
    }

    @Test
    void changesTheWeightsThatItIsPointedAtAndNoOthers() {
        MethodFactory factory = new MethodFactory(MethodSource.of(plugins()), Engine.shared());
        WeightMethod method = (WeightMethod) factory.make(
                kind(), id(), ConfigFactory.parseString(settings() + "\n" + targeted()).resolve().root(), List.of())
                .method();
        List<String> changed = TargetedWalk.changed(method, factory.services(),
                List.of("re:blocks\\.[0-9]\\.(up|down)", "blocks.1.o"), List.of("re:.*\\.0\\.down"), scope());
        assertThat(changed).containsExactlyInAnyOrder("blocks.0.up", "blocks.1.up", "blocks.1.down", "blocks.1.o");
    }

    /**
     * Whether the result fits the model's own layout, so that other programs can load it.
     *
     * @return true, unless overridden
     */
    protected boolean exportsDense() {
        return true;
    }

    /** The method, made with the services that it is then run with. */
    final WeightMethod forWalk(MethodFactory factory) {
        return (WeightMethod) factory.make(
                kind(), id(), ConfigFactory.parseString(settings()).resolve().root(), List.of()).method();
    }

    @Test
    void whatItLeavesComputesWhatItsDenseViewSays() {
        MethodFactory factory = new MethodFactory(MethodSource.of(plugins()), Engine.shared());
        TargetedWalk walk = TargetedWalk.in(scope());
        try (TemporaryModel model = walk.model()) {
            ModelWeights after = walk.walk(model.transformer(), forWalk(factory), factory.services(), false);
            for (Site site : after.sites()) {
                LinearOperator operator = after.operator(site);
                Tensor dense = walk.compute().dense(operator, DataType.F32, scope());
                for (int tokens : new int[] {1, 9}) {
                    Tensor input = normal("input " + tokens, tokens, operator.inFeatures());
                    Tensor output = scope().zeros(tokens, operator.outFeatures());
                    try (PreparedOperator prepared = walk.compute().prepare(operator)) {
                        walk.compute().apply(prepared, input, output);
                    }
                    Tensor expected = input.matmulTransposed(dense);
                    assertThat(output.subtract(expected).maxAbs()).as("%s, %s tokens", site.name(), tokens)
                            .isLessThanOrEqualTo(2e-3 * Math.max(expected.maxAbs(), 1e-6));
                }
            }
        }
    }

    @Test
    void whatItLeavesSurvivesTheStoreAndExportAndImport(@TempDir Path folder) throws IOException {
        MethodFactory factory = new MethodFactory(MethodSource.of(plugins()), Engine.shared());
        TargetedWalk walk = TargetedWalk.in(scope());
        try (TemporaryModel model = walk.model()) {
            ModelWeights after = walk.walk(model.transformer(), forWalk(factory), factory.services(), false);
            if (ModelFiles.storable(after)) {
                Path stored = Files.createDirectory(folder.resolve("stored"));
                ModelFiles.write("small", after, kind() == Kind.PRUNER, model.folder().folder(), stored);
                try (ModelFiles.Stored read = ModelFiles.read(stored, scope())) {
                    assertSame(read.weights(), after, walk, true);
                }
            }
            if (exportsDense()) {
                Path exported = folder.resolve("exported");
                CheckpointExport.write(ExportSource.of(model.folder()), after, walk.compute(), scope(),
                        ExportOptions.of(ExportLayout.DENSE).withType(DataType.F32), exported);
                try (ModelFolder read = ModelFolder.open(exported)) {
                    assertSame(ModelWeights.read(read, scope()), after, walk, false);
                }
            }
        }
    }

    private void assertSame(ModelWeights read, ModelWeights written, TargetedWalk walk, boolean sameForms) {
        for (Site site : written.sites()) {
            LinearOperator before = written.operator(site);
            LinearOperator after = read.operator(site);
            if (sameForms) {
                assertThat(after.form()).as(site.name()).isEqualTo(before.form());
                assertThat(after.bytes()).as(site.name()).isEqualTo(before.bytes());
            }
            assertThat(walk.compute().dense(after, DataType.F32, scope()).toFloats()).as(site.name())
                    .containsExactly(walk.compute().dense(before, DataType.F32, scope()).toFloats());
        }
    }

    /** A weight of normal numbers. */
    final Tensor weight(int rows, int columns) {
        return normal("weight", rows, columns).multiply(0.05);
    }

    /** Inputs whose channels are correlated and of very different sizes. */
    final Tensor inputs(int columns) {
        int tokens = 0;
        for (int sequence : SEQUENCES) {
            tokens += sequence;
        }
        Tensor independent = normal("inputs", tokens, columns);
        Tensor mixed = independent.matmul(normal("mixing", columns, columns).divide(Math.sqrt(columns)));
        Tensor sizes = normal("sizes", columns).exp();
        return independent.add(mixed).scaleColumns(sizes);
    }

    /** A scene of a weight with its inputs. */
    final GivenWeight scene(Tensor weight, Optional<Mask> kept) {
        Site site = new Site(0, Role.QUERY, Site.NO_EXPERT, weight.size(0), weight.size(1));
        GivenStatistics statistics = GivenStatistics.of(site, inputs(weight.size(1)), SEQUENCES, scope());
        return new GivenWeight(site, weight.copy(), statistics, kept, scope(), new Findings());
    }

    /** A scene of a weight whose inputs are all one. */
    final GivenWeight sceneOfEqualInputs(Tensor weight) {
        Site site = new Site(0, Role.QUERY, Site.NO_EXPERT, weight.size(0), weight.size(1));
        Tensor ones = scope().zeros(SEQUENCES[0], weight.size(1)).fill(1);
        GivenStatistics statistics = GivenStatistics.of(site, ones, new int[] {SEQUENCES[0]}, scope());
        return new GivenWeight(site, weight.copy(), statistics, Optional.empty(), scope(), new Findings());
    }

    /** Squared error of a layer's outputs, summed over inputs and outputs. */
    final double outputError(Tensor exact, Tensor compressed) {
        return inputs(exact.size(1)).matmulTransposed(compressed.subtract(exact)).square().sum();
    }
}
