package lathe.testkit;

import java.util.Optional;

import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;

/** Weights and inputs for the contracts of pruners and quantizers. */
abstract class WeightContract extends MethodContract {
    static final int ROWS = 24;
    static final int COLUMNS = 48;
    private static final int[] SEQUENCES = {60, 60, 24};

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
