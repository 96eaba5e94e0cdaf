package lathe.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.WeightMethod;
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
                kind(), id(), ConfigFactory.parseString(settings() + "\n" + targeted()).resolve().root(), List.of()).method();
        List<String> changed = TargetedWalk.changed(method, factory.services(),
                List.of("re:blocks\\.[0-9]\\.(up|down)", "blocks.1.o"), List.of("re:.*\\.0\\.down"), scope());
        assertThat(changed).containsExactlyInAnyOrder("blocks.0.up", "blocks.1.up", "blocks.1.down", "blocks.1.o");
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
