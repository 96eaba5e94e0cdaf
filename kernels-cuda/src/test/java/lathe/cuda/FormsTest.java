package lathe.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.spi.LatheException;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.Activation;
import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.model.LayerInfo;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.LowRank;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Rotation;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TilePacking;
import lathe.spi.operator.TileQuantized;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** What is not taken is left to the CPU with a sentence, before anything is computed. */
class FormsTest {
    private CudaCompute compute;
    private Scope scope;

    @BeforeEach
    void open() {
        Optional<String> missing = EmulationLibrary.missing();
        assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
        compute = new CudaCompute(new EmulatedDevice(EmulationLibrary.path()));
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void close() {
        if (compute != null) {
            scope.close();
            compute.close();
        }
    }

    private GroupQuantized quantized(int bits) {
        return GroupQuantized.pack(scope.zeros(DataType.I32, 4, 32), bits, 16, scope.zeros(4, 2), Optional.empty(),
                scope);
    }

    private List<LinearOperator> left() {
        Dense dense = new Dense(scope.zeros(4, 32));
        Csr csr = new Csr(4, 32, scope.zeros(DataType.I32, 5), scope.zeros(DataType.I32, 0), scope.zeros(0));
        Tensor codes = scope.zeros(DataType.U8, (int) TilePacking.bytes(4, 32, 3));
        GroupStatistic ones = new GroupStatistic.Plain(scope.zeros(4, 2));
        NmSparse pairs = WeightCases.sparse(new Random(1), 4, 32, 4, DataType.F32, scope);
        return List.of(dense, csr, Sum.of(quantized(4), csr), new LowRank(scope.zeros(4, 2), scope.zeros(2, 32)),
                new Rotated(new Rotation.Hadamard(32, 4, 2), quantized(4)),
                new TileQuantized(4, 32, 3, 16, codes, ones, ones, Optional.empty()),
                new Codebook(4, 32, 4, scope.zeros(DataType.U8, 4, 16), scope.zeros(16), 32, Optional.empty(), 1),
                new BitmaskSparse(4, 32, scope.zeros(DataType.U8, 4, 8), scope.zeros(DataType.I32, 5),
                        new Values.Plain(scope.zeros(0))),
                quantized(3), quantized(8),
                quantized(4).withColumnGroups(Optional.of(scope.zeros(DataType.I32, 32))),
                quantized(4).withZeros(new ZeroPoints.Real(scope.zeros(DataType.F64, 4, 2))),
                new NmSparse(4, 32, 1, 4, scope.zeros(DataType.U8, 4, 4), new Values.Plain(scope.zeros(32))),
                new NmSparse(4, 32, 2, 4, pairs.places(), new Values.Packed(4, 32, scope.zeros(DataType.U8, 32),
                        scope.zeros(4, 1), new ZeroPoints.Constant(8))),
                new NmSparse(4, 32, 2, 4, pairs.places(), new Values.Plain(scope.zeros(DataType.F64, 64))));
    }

    @Test
    void leavesEveryOtherFormToTheCpuWithASentence() {
        for (LinearOperator operator : left()) {
            String reason = compute.refusal(operator).orElseThrow(() -> new AssertionError(operator.form()));
            assertThat(reason).as(operator.form()).endsWith(".").contains("left to the CPU");
            assertThat(new CudaBackend(new CudaConfig(0)).coverage().left()).containsKey(operator.form());
            assertThatThrownBy(() -> compute.prepare(operator)).isInstanceOf(LatheException.class).hasMessage(reason);
        }
        assertThat(compute.refusal(quantized(4))).isEmpty();
    }

    @Test
    void hostileZeroPointsAreRefusedBeforeAKernelReadsThem() {
        LinearOperator few = quantized(4).withZeros(new ZeroPoints.Real(scope.zeros(3, 2)));
        LinearOperator narrow = quantized(4).withZeros(new ZeroPoints.Packed(8, scope.zeros(DataType.U8, 4, 0)));
        NmSparse good = WeightCases.sparse(new Random(1), 4, 32, 4, DataType.F32, scope);
        LinearOperator values = new NmSparse(4, 32, 2, 4, good.places(), new Values.Plain(scope.zeros(63)));

        assertThatThrownBy(() -> compute.prepare(few)).hasMessageContaining("Zero points of shape [3, 2]");
        assertThatThrownBy(() -> compute.prepare(narrow)).hasMessageContaining("Zero points of shape [4, 0]");
        assertThatThrownBy(() -> compute.prepare(values)).hasMessageContaining("63 values");
    }

    @Test
    void leavesEveryActivationAndWhatElseComesBetweenProductsToTheCpu() {
        Tensor x = compute.activations(scope, 2, 4);
        for (Activation function : Activation.values()) {
            assertThatThrownBy(() -> compute.activate(x, function)).isInstanceOf(LatheException.class)
                    .hasMessageContaining("left to the CPU");
            assertThatThrownBy(() -> compute.gate(x, x, function, x)).isInstanceOf(LatheException.class)
                    .hasMessageContaining("left to the CPU");
        }
        assertThatThrownBy(() -> compute.rmsNorm(x, x, 0, 0, x)).hasMessageStartingWith("RMS norm is left to the CPU");
        assertThatThrownBy(() -> compute.layerNorm(x, x, x, 0, x)).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> compute.embed(x, new int[1], x)).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> compute.addBias(x, x)).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> compute.accumulate(x, x, 1)).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> compute.rotate(x, new int[2], null)).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> compute.dense(quantized(4), DataType.F32, scope)).isInstanceOf(LatheException.class);
    }

    private AttentionCall call(int headDim, int queries, AttentionPlan plan, Observation observation) {
        LayerInfo layer = new LayerInfo(0, 1, 2, 1, headDim, headDim, 1, Optional.empty(), Optional.empty());
        return new AttentionCall(layer, compute.activations(scope, 2, queries, headDim), new int[queries],
                KvView.EMPTY, compute.activations(scope, 1, queries, headDim),
                compute.activations(scope, 1, queries, headDim), plan, true, 0, observation,
                compute.activations(scope, 2, queries, headDim));
    }

    @Test
    void leavesRecordedAttentionAndWideHeadsToTheCpu() {
        AttentionPlan dense = new AttentionPlan.Dense();

        assertThat(compute.refusal(call(16, 3, dense, Observation.NONE))).isEmpty();
        assertThatThrownBy(() -> compute.attention(call(16, 3, dense, new Observation(1, false))))
                .isInstanceOf(LatheException.class).hasMessageContaining("recorded");
        assertThatThrownBy(() -> compute.attention(call(257, 3, dense, Observation.NONE)))
                .isInstanceOf(LatheException.class).hasMessageContaining("heads of 257");
    }

    @Test
    void refusesPlansAndTensorsThatDoNotFitTheCall() {
        AttentionPlan blocks = AttentionPlan.Tiles.of(4, 4, new int[] {0, 0}, new int[0]);
        AttentionPlan heads = AttentionPlan.perHead(3, head -> new AttentionPlan.Dense());
        AttentionPlan lists = new AttentionPlan.Indices(new int[] {0, 0}, new int[0]);
        AttentionCall good = call(8, 5, new AttentionPlan.Dense(), Observation.NONE);

        for (AttentionPlan plan : List.of(blocks, heads, lists)) {
            assertThatThrownBy(() -> compute.attention(call(8, 5, plan, Observation.NONE)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("does not fit");
        }
        assertThatThrownBy(() -> compute.attention(new AttentionCall(good.layer(), good.queries(), new int[4],
                good.stored(), good.newKeys(), good.newValues(), good.plan(), true, 0, Observation.NONE,
                good.output()))).hasMessageContaining("Queries of attention must be float32 [2, 4, 8]");
        assertThatThrownBy(() -> compute.attention(new AttentionCall(good.layer(), good.queries(),
                new int[] {4, 3, 2, 1, 0}, good.stored(), good.newKeys(), good.newValues(), good.plan(), true, 0,
                Observation.NONE, good.output()))).hasMessageContaining("descend");
    }

    @Test
    void computedAttentionIsCopiedAndAQueryThatReadsNothingGivesZeros() {
        Tensor output = WeightCases.random(new Random(3), scope, 2, 4, 8);
        AttentionCall call = call(8, 4, new AttentionPlan.Computed(output), Observation.NONE);
        compute.attention(call);
        assertThat(compute.read(call.output(), scope).toFloats()).containsExactly(output.toFloats());

        AttentionCall nothing = call(8, 4, new AttentionPlan.Indices(new int[5], new int[0]), Observation.NONE);
        compute.write(output, nothing.output());
        assertThat(compute.attention(nothing).computedPairs()).isZero();
        assertThat(compute.read(nothing.output(), scope).maxAbs()).isZero();
    }
}
