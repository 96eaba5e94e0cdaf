package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import com.typesafe.config.ConfigValueFactory;

import lathe.models.cache.EvictingStore;
import lathe.spi.Kind;
import lathe.spi.kv.Budget;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.TokenClasses;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.CacheRun;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.ListeningEvictor;
import lathe.testkit.scene.MethodFactory;
import lathe.testkit.scene.Numbers;
import lathe.testkit.scene.RunContext;

/**
 * {@code prefill-compress}: a prompt, then what stays of it. {@code decode-run}: a prompt and steps, with what stays and
 * the attention after each. Evictors run in the platform's store. {@code rerotate} and {@code allocate} are stages.
 */
final class KvAdapter implements Adapter {
    private static final Set<String> DESCRIPTIVE = Set.of(
            "positions", "rope_theta", "rope_pairs", "heads", "layer", "layers", "next_position", "order");
    private static final String SELF_VISIBLE = "output" + GoldenRunner.SELF_VISIBLE;
    private static final String PER_QUERY_HEAD = "query";

    @Override
    public Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        return switch (golden.operation()) {
            case "prefill-compress" -> prefillCompress(golden, bench);
            case "decode-run" -> decodeRun(golden, bench);
            case "quantise-cache", "quantize-cache" -> PackedCache.quantize(golden, bench);
            case "rerotate" -> rerotate(golden, bench);
            case "allocate" -> LayerBudgets.allocate(golden, bench);
            default -> throw new UnknownOperationException(golden);
        };
    }

    private static Map<String, Numbers> prefillCompress(GoldenCase golden, Workbench bench) {
        Findings findings = new Findings();
        CacheRun.Prompt prompt = prompt(golden, bench);
        try (Run run = open(golden, bench, LayerOf.prompt(golden, prompt), findings)) {
            run.cache().prompt(prompt);
            List<double[]> kept = run.cache().kept();
            findings.put("kept", rows(kept));
            findings.put("counts", Numbers.of(kept.stream().mapToInt(row -> row.length).toArray()));
            findings.put("acc", Numbers.ragged(new int[] {kept.size()}, run.sums().get(), 0));
        }
        return findings.all();
    }

    private static Map<String, Numbers> decodeRun(GoldenCase given, Workbench bench) {
        GoldenCase golden = withGivenPolicies(given);
        Findings findings = new Findings();
        CacheRun.Prompt prompt = prompt(golden, bench);
        List<double[]> kept = new ArrayList<>();
        List<double[]> accumulated = new ArrayList<>();
        Tensor queries = golden.input("q_t");
        int steps = queries.size(0);
        try (Run run = open(golden, bench, LayerOf.prompt(golden, prompt), findings)) {
            findings.put("prefill_output", Numbers.of(run.cache().prompt(prompt)));
            kept.addAll(run.cache().kept());
            accumulated.addAll(run.sums().get());
            int heads = kept.size();
            Tensor outputs = bench.scope().zeros(steps, queries.size(1), run.cache().layer().valueDim());
            for (int step = 0; step < steps; step++) {
                outputs.row(step).assign(run.cache().step(
                        queries.row(step), golden.input("k_t").row(step), golden.input("v_t").row(step)));
                kept.addAll(run.cache().kept());
                accumulated.addAll(run.sums().get());
            }
            putOutputs(golden, outputs, findings, kept.subList(heads, kept.size()));
            PackedCache.addHistory(findings);
            addFinalTokens(golden, run.cache(), findings);
            findings.put("kept", Numbers.ragged(new int[] {steps + 1, heads}, kept, Numbers.NO_INDEX));
            if (kept.size() == accumulated.size()) {
                findings.put("acc", Numbers.ragged(new int[] {steps + 1, heads}, accumulated, 0));
            }
        }
        return findings.all();
    }

    /**
     * Where a case asks for both forms, the plain name is of one that hides a new token that is not stored from itself:
     * both are the same where every new token was stored, and else the plain form is not there.
     */
    private static void putOutputs(GoldenCase golden, Tensor outputs, Findings findings,
            List<double[]> keptAfterSteps) {
        findings.put(golden.expects(SELF_VISIBLE) ? SELF_VISIBLE : "output", Numbers.of(outputs));
        int heads = keptAfterSteps.size() / outputs.size(0);
        int prompt = golden.input("k").size(1);
        boolean allStored = IntStream.range(0, keptAfterSteps.size()).allMatch(row -> Arrays
                .stream(keptAfterSteps.get(row)).anyMatch(position -> position == prompt + row / heads));
        if (golden.expects(SELF_VISIBLE) && allStored) {
            findings.put("output", Numbers.of(outputs));
        }
    }

    /** Policies of heads that a case says were given and not found. */
    private static GoldenCase withGivenPolicies(GoldenCase golden) {
        return golden.expectation("policy")
                .filter(policy -> policy.meaning().contains("FORCED"))
                .map(policy -> golden.withParameter("fixed", ConfigValueFactory.fromIterable(
                        Arrays.stream(policy.values().values()).mapToObj(value -> (int) value).toList())))
                .orElse(golden);
    }

    /** Keys and values as the attention would read them next. */
    private static void addFinalTokens(GoldenCase golden, CacheRun cache, Findings findings) {
        if (golden.expects("k_final")) {
            findings.put("k_final", Numbers.of(cache.storedKeys()));
            findings.put("v_final", Numbers.of(cache.storedValues()));
        }
    }

    /** Keys as the platform's store gives them back after moving kept tokens together. */
    private static Map<String, Numbers> rerotate(GoldenCase golden, Workbench bench) {
        Tensor raw = golden.input("k_raw");
        LayerInfo layer = LayerOf.prompt(golden, new CacheRun.Prompt(raw, raw, raw, raw, false));
        Tensor kept = golden.input("kept");
        Tensor keys = bench.scope().zeros(raw.size(0), kept.size(1), raw.size(2));
        int[] slots = IntStream.range(0, kept.size(1)).toArray();
        for (int head = 0; head < raw.size(0); head++) {
            Tensor some = raw.row(head).select(kept.row(head).toInts());
            Tensor rotated = bench.rotated(some.reshape(1, some.size(0), some.size(1)), slots, layer);
            keys.row(head).assign(rotated.row(0));
        }
        return Map.of("k_rerotated", Numbers.of(keys));
    }

    /** An open cache and the attention sums of what is in it, if the method has any. */
    record Run(CacheRun cache, Supplier<List<double[]>> sums) implements AutoCloseable {
        @Override
        public void close() {
            cache.close();
        }
    }

    static Run open(GoldenCase golden, Workbench bench, LayerInfo layer, Findings findings) {
        Scope scope = bench.scope();
        RunContext context = new RunContext(scope, GivenDraws.of(golden, bench.services().random()), findings,
                tokenClasses(golden));
        if (bench.contract(Kind.KV_POLICY, golden.method()) == Evictor.class) {
            MethodFactory.Made made = bench.make(golden, Kind.KV_POLICY, DESCRIPTIVE, List.of(Budget.class));
            ListeningEvictor evictor = new ListeningEvictor((Evictor) made.method(), findings);
            KvStore store = new EvictingStore(layer, context, evictor, (Budget) made.common().getFirst(),
                    (of, keys, positions) -> keys.assign(bench.rotated(keys, positions, of)));
            return new Run(new CacheRun(bench.kernels(), scope, layer, store), evictor::accumulated);
        }
        KvPolicy policy = (KvPolicy) bench.make(golden, Kind.KV_POLICY, DESCRIPTIVE, List.of()).method();
        return new Run(new CacheRun(bench.kernels(), scope, layer, policy.open(layer, context)), List::of);
    }

    /** Marks of the prompt's tokens and of those of the steps, whose ids are their positions. */
    private static Optional<TokenClasses> tokenClasses(GoldenCase golden) {
        if (golden.find("punctuation").isEmpty()) {
            return Optional.empty();
        }
        int[] special = golden.find("special").map(Tensor::toInts).orElse(new int[0]);
        int[] prompt = golden.input("punctuation").toInts();
        int[] steps = golden.find("punctuation_t").map(Tensor::toInts).orElse(new int[0]);
        return Optional.of(new TokenClasses() {
            @Override
            public boolean special(int token) {
                return token < special.length && special[token] != 0;
            }

            @Override
            public boolean punctuation(int token) {
                return (token < prompt.length ? prompt[token] : steps[token - prompt.length]) != 0;
            }
        });
    }

    /** Tensors that a policy does not look at are left out of cases. */
    static CacheRun.Prompt prompt(GoldenCase golden, Workbench bench) {
        Tensor keys = golden.input("k");
        Tensor values = golden.find("v").orElseGet(() -> bench.scope().zeros(keys.shape().toArray()));
        boolean raw = golden.word("positions").filter("in-cache"::equals).isPresent();
        Tensor plain = golden.find("q_raw").or(() -> golden.find("q"))
                .orElseGet(() -> bench.scope().zeros(queryHeads(golden), keys.size(1), keys.size(2)));
        CacheRun.Prompt prompt = new CacheRun.Prompt(golden.find("q").orElse(plain), plain, keys, values, raw);
        if (golden.word("heads").filter(PER_QUERY_HEAD::equals).isPresent()) {
            int group = prompt.queries().size(0) / keys.size(0);
            int[] repeated = IntStream.range(0, prompt.queries().size(0)).map(head -> head / group).toArray();
            prompt = new CacheRun.Prompt(
                    prompt.queries(), plain, keys.select(repeated), values.select(repeated), raw);
        }
        if (golden.find("q").isEmpty() && golden.find("q_raw").isPresent()) {
            LayerInfo layer = LayerOf.prompt(golden, prompt);
            int[] positions = IntStream.range(0, plain.size(1)).toArray();
            prompt = new CacheRun.Prompt(bench.rotated(plain, positions, layer), plain, keys, values, raw);
        }
        return prompt;
    }

    private static int queryHeads(GoldenCase golden) {
        return golden.find("q_t").map(steps -> steps.size(1)).orElse(golden.input("k").size(0));
    }

    private static Numbers rows(List<double[]> rows) {
        boolean integers = rows.stream().flatMapToDouble(Arrays::stream).allMatch(value -> value == Math.rint(value));
        if (!integers) {
            throw new IllegalStateException("Positions are not whole numbers.");
        }
        return Numbers.ragged(new int[] {rows.size()}, rows, Numbers.NO_INDEX);
    }
}
