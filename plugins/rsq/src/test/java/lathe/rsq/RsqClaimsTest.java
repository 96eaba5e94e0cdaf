package lathe.rsq;

import static lathe.spi.statistics.StatisticKey.GRAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.Kind;
import lathe.spi.model.ModelView;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Rotation;
import lathe.spi.statistics.Requirements;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ModelEdit;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.TokenWeighting;
import lathe.spi.weight.WeightScene;
import lathe.testkit.TargetedWalk;
import lathe.testkit.TargetedWalk.Outcome;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.MethodSource;
import lathe.testkit.scene.OperatorView;

/** What the method's parts promise, each looked at without the others. */
class RsqClaimsTest {
    private static final int HIDDEN = 64;
    private static final int INNER = 128;

    private final MethodFactory factory = new MethodFactory(MethodSource.of(new RsqPlugin()), Engine.shared());
    private final Random random = new Random(5);
    private Scope scope;

    @BeforeEach
    void openScope() {
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    private RsqQuantizer rsq(String hocon) {
        return (RsqQuantizer) factory.make(Kind.QUANTIZER, "rsq", ConfigFactory.parseString(hocon).root(), List.of())
                .method();
    }

    private Outcome outcome(Quantizer method) {
        return TargetedWalk.outcome(method, factory.services(), uneven(), scope);
    }

    /** Gains that differ, and single channels of the residual stream, of o, of down and of weights that are far larger. */
    private Map<String, Tensor> uneven() {
        Map<String, Tensor> others = new HashMap<>();
        Random draws = new Random(11);
        Tensor embedding = matrix(draws, 48, HIDDEN, 1);
        Tensor value = matrix(draws, HIDDEN, HIDDEN, 0.1);
        Tensor up = matrix(draws, INNER, HIDDEN, 0.1);
        Tensor query = matrix(draws, HIDDEN, HIDDEN, 0.1);
        Tensor output = matrix(draws, HIDDEN, HIDDEN, 0.1);
        Tensor down = matrix(draws, HIDDEN, INNER, 0.1);
        for (Tensor wide : List.of(embedding, query, output, down)) {
            wide.slice(1, 3, 4).assign(wide.slice(1, 3, 4).copy().multiply(20));
        }
        value.row(5).assign(value.row(5).copy().multiply(20));
        up.row(9).assign(up.row(9).copy().multiply(20));
        others.put("model.embed_tokens.weight", embedding);
        others.put("model.norm.weight", matrix(draws, 1, HIDDEN, 0.2).add(1).reshape(HIDDEN));
        for (int block = 0; block < 2; block++) {
            String layer = "model.layers." + block + ".";
            others.put(layer + "input_layernorm.weight", matrix(draws, 1, HIDDEN, 0.2).add(1).reshape(HIDDEN));
            others.put(layer + "post_attention_layernorm.weight", matrix(draws, 1, HIDDEN, 0.2).add(1).reshape(HIDDEN));
            others.put(layer + "self_attn.q_proj.weight", query);
            others.put(layer + "self_attn.v_proj.weight", value);
            others.put(layer + "self_attn.o_proj.weight", output);
            others.put(layer + "mlp.up_proj.weight", up);
            others.put(layer + "mlp.down_proj.weight", down);
        }
        return others;
    }

    private Tensor matrix(Random draws, int rows, int columns, double size) {
        Tensor matrix = scope.zeros(rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                matrix.set(size * draws.nextGaussian(), i, j);
            }
        }
        return matrix;
    }

    /** The method's rotations without its rounding; looks at the largest channel of what reaches each linear. */
    private static final class RotationAlone implements Quantizer {
        private final RsqQuantizer rsq;
        private final Map<Role, Double> peak = new HashMap<>();
        private final Map<Role, Double> weights = new HashMap<>();

        RotationAlone(RsqQuantizer rsq) {
            this.rsq = rsq;
        }

        @Override
        public Requirements requirements() {
            return rsq.requirements();
        }

        @Override
        public ModelEdit prepare(ModelView model, Scope scope) {
            return rsq.prepare(model, scope);
        }

        @Override
        public LinearOperator quantize(WeightScene scene) {
            Optional<Rotation.Hadamard> rotation = rsq.rotation(scene.site());
            Tensor weight = scene.weight().copy();
            rotation.ifPresent(turned -> RsqQuantizer.turn(turned).rows(weight));
            Tensor hessian = rsq.hessian(scene, rotation);
            double largest = 0;
            double sum = 0;
            for (int j = 0; j < hessian.size(0); j++) {
                largest = Math.max(largest, hessian.get(j, j));
                sum += hessian.get(j, j);
            }
            double found = Math.sqrt(largest * hessian.size(0) / sum);
            synchronized (peak) {
                peak.merge(scene.site().role(), found, Math::max);
                weights.merge(scene.site().role(),
                        weight.maxAbs() / Math.sqrt(weight.square().sum() / weight.size(0) / weight.size(1)),
                        Math::max);
            }
            return rotation.isPresent() ? new Rotated(rotation.get(), new Dense(weight)) : new Dense(weight);
        }
    }

    @Test
    void rotationAloneChangesLogitsByRoundingErrors() {
        for (String mode : List.of("hadamard", "random")) {
            assertThat(outcome(new RotationAlone(rsq("rotateMode = " + mode))).distance()).as(mode)
                    .isBetween(1e-9, 1e-4);
        }
    }

    @Test
    void rotationSpreadsLargeChannelsOverAll() {
        RotationAlone plain = new RotationAlone(rsq("rotateMode = none"));
        RotationAlone rotated = new RotationAlone(rsq(""));
        outcome(plain);
        outcome(rotated);
        for (Role role : List.of(Role.QUERY, Role.UP, Role.OUTPUT, Role.DOWN)) {
            assertThat(rotated.peak.get(role)).as(role.label()).isLessThan(0.5 * plain.peak.get(role));
        }
        for (Role role : List.of(Role.QUERY, Role.OUTPUT, Role.DOWN)) {
            assertThat(rotated.weights.get(role)).as("weights of " + role.label())
                    .isLessThan(0.5 * plain.weights.get(role));
        }
    }

    @Test
    void equalImportanceIsRotationAndGptq() {
        RsqQuantizer alike = rsq("bits = 3, rMin = 1, rMax = 1");
        Quantizer unweighted = new Quantizer() {
            @Override
            public Requirements requirements() {
                return alike.requirements();
            }

            @Override
            public ModelEdit prepare(ModelView model, Scope memory) {
                return alike.prepare(model, memory);
            }

            @Override
            public LinearOperator quantize(WeightScene scene) {
                return alike.quantize(scene);
            }
        };
        Outcome weighted = outcome(alike);
        Outcome gptq = outcome(unweighted);
        for (int i = 0; i < gptq.after().size(); i++) {
            assertThat(weighted.after().get(i).toFloats()).containsExactly(gptq.after().get(i).toFloats());
        }
    }

    /** The error that counts, sum of w_j |dW x_j|^2, on the same grid of every row. */
    @Test
    void weightedTokensLoseLessWhereTheyWeigh() {
        int tokens = 300;
        Tensor inputs = matrix(random, tokens, 64, 1).matmul(matrix(random, 64, 64, 1));
        Tensor weight = matrix(random, 40, 64, 1);
        Tensor importance = scope.zeros(tokens);
        for (int j = 0; j < tokens; j++) {
            importance.set(j % 10 == 0 ? 1 : 0.01, j);
        }
        Tensor weighted = inputs.copy();
        Tensor shares = TokenWeighting.normalised(importance);
        for (int j = 0; j < tokens; j++) {
            weighted.row(j).assign(inputs.row(j).copy().multiply(Math.sqrt(shares.get(j))));
        }
        Site site = new Site(0, Role.QUERY, Site.NO_EXPERT, 40, 64);
        double even = error(weight, quantized(site, weight, inputs), weighted);
        double uneven = error(weight, quantized(site, weight, weighted), weighted);
        assertThat(uneven).isLessThan(0.95 * even);
    }

    private Tensor quantized(Site site, Tensor weight, Tensor inputs) {
        GivenStatistics statistics = GivenStatistics.of(site, inputs, new int[] {inputs.size(0)}, scope);
        assertThat(statistics.get(GRAM).size(0)).isEqualTo(64);
        LinearOperator codes = rsq("bits = 3, rotateMode = none").quantize(
                new GivenWeight(site, weight.copy(), statistics, Optional.empty(), scope, new Findings()));
        return OperatorView.dense(codes, scope);
    }

    private static double error(Tensor weight, Tensor quantized, Tensor inputs) {
        return inputs.matmulTransposed(quantized.subtract(weight)).square().sum();
    }

    @Test
    void importanceOfASequenceSumsToItsLength() {
        double[] raw = {3, 900, 1, 40, 7, 7, 2};
        double[] scaled = Importance.inRange(raw, 0.01, 1);
        Tensor shares = TokenWeighting.normalised(scope.of(Importance.floats(scaled), raw.length));
        assertThat(shares.sum()).isCloseTo(raw.length, within(1e-5));
        assertThat(shares.get(1)).isCloseTo(100 * shares.get(2), within(1e-3));
    }
}
