package lathe.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import lathe.spi.Kind;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.Phase;
import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.ReferenceAttention;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenAttention;

/** What every attention pattern promises. Plans are executed by the definition of attention. */
public abstract class AttentionContract extends MethodContract {
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int DIM = 16;
    private static final double CLOSE = 1e-5;

    /** Made by subclasses. */
    protected AttentionContract() {
        super();
    }

    @Override
    protected final Kind kind() {
        return Kind.ATTENTION;
    }

    /**
     * Settings with which every key is read.
     *
     * @return HOCON, empty if the pattern always leaves keys out
     */
    protected abstract Optional<String> everything();

    /**
     * Settings with which keys are left out of a text of a few hundred tokens.
     *
     * @return HOCON
     */
    protected abstract String little();

    /**
     * Whether the choice of a row's keys depends on nothing after the row. Patterns that judge a prompt by its last queries
     * override it.
     *
     * @return true, unless overridden
     */
    protected boolean choosesCausally() {
        return true;
    }

    private record Sequence(Tensor queries, Tensor keys, Tensor values) {}

    private Sequence sequence(int tokens) {
        return new Sequence(normal("queries", HEADS, tokens, DIM).copy(), normal("keys", KV_HEADS, tokens, DIM).copy(),
                normal("values", KV_HEADS, tokens, DIM).copy());
    }

    private static LayerInfo layer() {
        return new LayerInfo(0, 1, HEADS, KV_HEADS, DIM, DIM, 1 / Math.sqrt(DIM), Optional.empty(), Optional.empty());
    }

    /** Attention of the last queries over everything before them, by a pattern. */
    private Tensor attend(AttentionPattern pattern, Phase phase, Sequence sequence, int stored) {
        int tokens = sequence.keys().size(1);
        int[] positions = IntStream.range(stored, tokens).toArray();
        Tensor queries = sequence.queries().slice(1, stored, tokens).copy();
        AttentionPlan plan = pattern.plan(new GivenAttention(
                layer(), phase, queries, sequence.keys(), sequence.values(), positions, scope(), new Findings()));
        if (plan instanceof AttentionPlan.Computed computed) {
            return computed.output();
        }
        Tensor output = scope().zeros(HEADS, tokens - stored, DIM);
        ReferenceAttention.attend(new AttentionCall(layer(), queries, positions, stored(sequence, stored),
                sequence.keys().slice(1, stored, tokens).copy(), sequence.values().slice(1, stored, tokens).copy(),
                plan, true, 0, Observation.NONE, output), scope());
        return output;
    }

    private static KvView stored(Sequence sequence, int count) {
        if (count == 0) {
            return KvView.EMPTY;
        }
        List<Integer> heads = IntStream.range(0, KV_HEADS).boxed().toList();
        return new KvView(List.of(new PlainSegment(
                heads.stream().map(head -> sequence.keys().row(head).slice(0, 0, count)).toList(),
                heads.stream().map(head -> sequence.values().row(head).slice(0, 0, count)).toList(),
                heads.stream().map(head -> IntStream.range(0, count).toArray()).toList())));
    }

    private AttentionPattern pattern(String hocon) {
        return make(AttentionPattern.class, hocon);
    }

    private static void assertClose(Tensor actual, Tensor expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        assertThat(actual.subtract(expected).maxAbs()).isLessThan(CLOSE);
    }

    @Test
    void equalsDenseAttentionWhenEverythingIsRead() {
        Assumptions.assumeTrue(everything().isPresent(), "The pattern always leaves keys out.");
        for (int tokens : new int[] {1, 2, 63, 64, 65, 150}) {
            Sequence sequence = sequence(tokens);
            Tensor dense = attend(scene -> new AttentionPlan.Dense(), Phase.PREFILL, sequence, 0);
            assertClose(attend(pattern(everything().get()), Phase.PREFILL, sequence, 0), dense);
        }
    }

    @Test
    void differsFromDenseAttentionWhenKeysAreLeftOut() {
        Sequence sequence = sequence(300);
        Tensor dense = attend(scene -> new AttentionPlan.Dense(), Phase.PREFILL, sequence, 0);
        Tensor sparse = attend(pattern(little()), Phase.PREFILL, sequence, 0);
        assertThat(sparse.subtract(dense).maxAbs()).isGreaterThan(CLOSE);
    }

    @Test
    void givesNumbersForEveryLength() {
        for (int tokens : new int[] {1, 2, 63, 64, 65, 130}) {
            Tensor output = attend(pattern(little()), Phase.PREFILL, sequence(tokens), 0);
            assertThat(output.maxAbs()).as("%s tokens", tokens).isFinite().isPositive();
        }
    }

    @Test
    void neverLetsALaterTokenChangeAnEarlierOutput() {
        Assumptions.assumeTrue(choosesCausally(), "The pattern judges the prompt by its last queries.");
        Sequence before = sequence(100);
        Sequence after = sequence(100);
        for (Tensor changed : List.of(after.queries(), after.keys(), after.values())) {
            changed.slice(1, 70, 100).fill(3);
        }
        Tensor first = attend(pattern(little()), Phase.PREFILL, before, 0).slice(1, 0, 70).copy();
        Tensor second = attend(pattern(little()), Phase.PREFILL, after, 0).slice(1, 0, 70).copy();
        assertClose(second, first);
    }

    @Test
    void decodesTheLastTokenAsThePrefillDoes() {
        Assumptions.assumeTrue(choosesCausally(), "The pattern judges the prompt by its last queries.");
        Sequence sequence = sequence(90);
        Tensor prefill = attend(pattern(little()), Phase.PREFILL, sequence, 0).slice(1, 89, 90).copy();
        assertClose(attend(pattern(little()), Phase.DECODE, sequence, 89), prefill);
    }

    @Test
    void plansTheSameTwice() {
        Sequence sequence = sequence(130);
        Tensor first = attend(pattern(little()), Phase.PREFILL, sequence, 0);
        Tensor second = attend(pattern(little()), Phase.PREFILL, sequence, 0);
        assertThat(second.toFloats()).containsExactly(first.toFloats(), within(0f));
    }
}
