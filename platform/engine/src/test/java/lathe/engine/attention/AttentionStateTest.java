package lathe.engine.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionState;
import lathe.spi.backend.Compute;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class AttentionStateTest {
    private static final int KEYS = 333;
    private static final int QUERIES = 9;
    private static final LayerInfo LAYER = new LayerInfo(0, 1, 6, 2, 20, 12, 1 / Math.sqrt(20), Optional.empty(),
            Optional.empty());

    private final Scope scope = Engine.shared().openScope();
    private final Compute compute = new CpuBackend().open(Engine.shared().parallel());
    private final Random random = new Random(3);
    private final Tensor queries = numbers(LAYER.heads(), QUERIES, LAYER.headDim());
    private final Tensor keys = numbers(LAYER.kvHeads(), KEYS, LAYER.headDim());
    private final Tensor values = numbers(LAYER.kvHeads(), KEYS, LAYER.valueDim());

    @AfterEach
    void close() {
        compute.close();
        scope.close();
    }

    @Test
    void keysReadInPartsGiveWhatAllOfThemGive() {
        AttentionState state = empty();
        Tensor output = null;
        for (int from = 0; from < KEYS; from += 111) {
            AttentionCall part = call(from, from + 111, Observation.NONE);
            compute.attention(part, state);
            output = part.output();
        }
        AttentionCall all = call(0, KEYS, Observation.NONE);
        compute.attention(all);
        assertThat(output.toFloats()).containsExactly(all.output().toFloats(), offset(2e-5f));
    }

    @Test
    void statesOfRangesThatWereReadApartAreMerged() {
        AttentionCall all = call(0, KEYS, Observation.NONE);
        compute.attention(all);
        AttentionState merged = empty();
        for (int from = 222; from >= 0; from -= 111) {
            AttentionState one = empty();
            compute.attention(call(from, from + 111, Observation.NONE), one);
            merged.merge(one);
        }
        for (int head = 0; head < LAYER.heads(); head++) {
            for (int query = 0; query < QUERIES; query++) {
                for (int i = 0; i < LAYER.valueDim(); i++) {
                    assertThat(merged.weighted().get(head, query, i) / merged.sum().get(head, query))
                            .isCloseTo(all.output().get(head, query, i), offset(2e-5));
                }
            }
        }
    }

    @Test
    void aQueryThatHasReadNothingKeepsTheEmptyState() {
        AttentionState state = empty();
        AttentionCall late = call(KEYS - 1, KEYS, Observation.NONE);
        compute.attention(late, state);
        assertThat(state.maximum().get(0, 0)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(state.sum().get(0, 0)).isZero();
        assertThat(late.output().get(0, 0, 0)).isZero();
        assertThat(state.sum().get(0, QUERIES - 1)).isEqualTo(1);
        state.merge(empty());
        assertThat(state.sum().get(0, 0)).isZero();
        assertThat(state.sum().get(0, QUERIES - 1)).isEqualTo(1);
    }

    @Test
    void refusesStatesOfOtherQueriesAndObservations() {
        assertThatThrownBy(() -> compute.attention(call(0, KEYS, Observation.NONE),
                AttentionState.empty(scope, LAYER.heads(), QUERIES + 1, LAYER.valueDim())))
                .hasMessageContaining("weighted values of a state").hasMessageContaining("[6, 9, 12]");
        assertThatThrownBy(() -> compute.attention(call(0, KEYS, new Observation(1, false)), empty()))
                .hasMessageContaining("observes nothing");
        assertThatThrownBy(() -> new AttentionState(scope.zeros(2, 3), scope.zeros(2, 4), scope.zeros(2, 3, 5)))
                .hasMessageContaining("[2, 4]");
    }

    private AttentionState empty() {
        return AttentionState.empty(scope, LAYER.heads(), QUERIES, LAYER.valueDim());
    }

    /** Keys from..to of a cache; the queries stand at its last positions. */
    private AttentionCall call(int from, int to, Observation observation) {
        List<Tensor> someKeys = new ArrayList<>();
        List<Tensor> someValues = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        for (int head = 0; head < LAYER.kvHeads(); head++) {
            someKeys.add(keys.row(head).slice(0, from, to));
            someValues.add(values.row(head).slice(0, from, to));
            positions.add(IntStream.range(from, to).toArray());
        }
        return new AttentionCall(
                LAYER,
                queries,
                IntStream.range(KEYS - QUERIES, KEYS).toArray(),
                new KvView(List.of(new PlainSegment(someKeys, someValues, positions))),
                keys.slice(1, 0, 0),
                values.slice(1, 0, 0),
                new AttentionPlan.Dense(),
                true,
                0,
                observation,
                scope.zeros(LAYER.heads(), QUERIES, LAYER.valueDim()));
    }

    private Tensor numbers(int... sizes) {
        float[] values = new float[IntStream.of(sizes).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (3 * random.nextGaussian());
        }
        return scope.of(values, sizes);
    }
}
