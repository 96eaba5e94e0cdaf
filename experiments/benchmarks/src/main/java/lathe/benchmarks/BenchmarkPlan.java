package lathe.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

import lathe.benchmarks.BenchmarkCase.Unit;

/** All cases. The quick plan leaves out what repeats another case's finding. */
final class BenchmarkPlan {
    private static final List<String> FORMS = List.of("f32", "bf16", "f16", "int8", "int4", "int3", "int2", "2:4",
            "bitmask", "bitmask-int4", "mxfp4", "nvfp4", "fp8", "csr-90", "spqr");
    /** Forms whose speed is held to that of a plainer one. */
    static final List<String> HELD_TO_A_FORM = List.of("int3", "int2", "2:4", "bitmask", "bitmask-int4", "spqr");
    private static final String LATHE = "lathe";
    private static final String BLAS = "openblas";
    private static final String PRODUCT = "sgemm 2048";
    private static final String TORCH = "libtorch";
    private static final String JLAMA = "jlama";

    /** Groups of cases; the limits of the machine and the plain matrix product are measured with each. */
    enum Part {
        /** Single operations. */
        KERNELS,
        /** A whole model. */
        MODEL
    }

    private final List<BenchmarkCase> cases = new ArrayList<>();
    private final boolean quick;

    private BenchmarkPlan(boolean quick) {
        this.quick = quick;
    }

    /**
     * The cases in the order in which they run: whatever is compared runs close together.
     *
     * @param parts which groups of cases
     * @param quick whether to leave some out
     * @return all cases
     */
    static List<BenchmarkCase> cases(Set<Part> parts, boolean quick) {
        BenchmarkPlan plan = new BenchmarkPlan(quick);
        plan.limits();
        plan.matrices();
        if (parts.contains(Part.KERNELS)) {
            plan.oneToken();
            plan.blockSparse();
            plan.attention();
            plan.decode();
            plan.decompositions();
        }
        if (parts.contains(Part.MODEL)) {
            plan.wholeModel();
        }
        return List.copyOf(plan.cases);
    }

    /** The plainer form that a form's speed is held to. */
    static String heldTo(String form) {
        return List.of("int3", "int2", "bitmask-int4").contains(form) ? "int4" : "bf16";
    }

    private void limits() {
        cases.add(new BenchmarkCase("read bandwidth", "LimitsBenchmark.read", Optional.empty(), parameters(),
                LimitsBenchmark.BYTES, Unit.BYTES, false, List.of()));
        cases.add(new BenchmarkCase("multiply and add in registers", "LimitsBenchmark.multiply", Optional.empty(),
                parameters(), LimitsBenchmark.FLOPS, Unit.FLOPS, false, List.of()));
    }

    /** A case that is in the plan already. */
    private BenchmarkCase find(String title, String by) {
        return cases.stream()
                .filter(one -> one.title().equals(title) && one.who().equals(by))
                .findFirst()
                .orElseThrow();
    }

    private void matrices() {
        double size = MatrixBenchmark.SIZE;
        double flops = 2 * size * size * size;
        add(PRODUCT, "MatrixBenchmark", BLAS, parameters(), flops, Unit.FLOPS, false);
        add(PRODUCT, "MatrixBenchmark", LATHE, parameters(), flops, Unit.FLOPS, false, find(PRODUCT, BLAS));
        add(PRODUCT, "MatrixBenchmark", TORCH, parameters(), flops, Unit.FLOPS, false);
    }

    private void oneToken() {
        for (String form : FORMS) {
            double bytes = Weights.storedBytes(form, OneTokenBenchmark.SIZE);
            SequencedMap<String, String> parameters = parameters("form", form);
            String title = "one token, " + form;
            add(title, "OneTokenBenchmark", LATHE, parameters, bytes, Unit.BYTES, false,
                    HELD_TO_A_FORM.contains(form)
                            ? new BenchmarkCase[] {find("one token, " + heldTo(form), LATHE)}
                            : new BenchmarkCase[0]);
            if (List.of("f32", "bf16", "f16").contains(form)) {
                add(title, "OneTokenBenchmark", TORCH, parameters, bytes, Unit.BYTES, false);
            }
            if (List.of("f32", "bf16", "int4").contains(form)) {
                add(title, "OneTokenBenchmark", JLAMA, parameters, bytes, Unit.BYTES, false);
            }
        }
    }

    private void blockSparse() {
        List<String> sparsities = quick ? List.of("0.5", "0.9") : List.of("0.5", "0.8", "0.9", "0.95");
        double dense = 2.0 * BlockSparseBenchmark.TOKENS * BlockSparseBenchmark.SIZE * BlockSparseBenchmark.SIZE;
        for (String by : List.of(LATHE, TORCH)) {
            add("512 tokens, dense", "BlockSparseBenchmark", by, parameters("sparsity", "0", "block", "1x16"), dense,
                    Unit.FLOPS, false);
        }
        for (String sparsity : sparsities) {
            double flops = dense * (1 - Double.parseDouble(sparsity));
            for (String block : List.of("1x16", "16x16")) {
                add("512 tokens, " + block + " blocks, " + sparsity, "BlockSparseBenchmark", LATHE,
                        parameters("sparsity", sparsity, "block", block), flops, Unit.FLOPS, false,
                        find("512 tokens, dense", LATHE));
            }
            add("512 tokens, single weights, " + sparsity, "BlockSparseBenchmark", TORCH,
                    parameters("sparsity", sparsity, "block", "1x16"), flops, Unit.FLOPS, !quick);
        }
    }

    private void attention() {
        List<Integer> lengths = quick ? List.of(1024, 4096, 16384) : List.of(1024, 4096, 16384, 32768);
        for (int tokens : lengths) {
            double dense = 4.0 * tokens * (tokens + 1) / 2 * AttentionBenchmark.WIDTH * AttentionBenchmark.HEADS;
            boolean slow = tokens > 4096;
            String title = "attention of " + tokens + ", dense";
            List<BenchmarkCase> others = new ArrayList<>();
            if (!quick || !slow) {
                add(title, "AttentionBenchmark", TORCH, parameters("tokens", tokens, "oneOf", 1), dense, Unit.FLOPS,
                        slow);
                others.add(find(title, TORCH));
            }
            add(title, "AttentionBenchmark", LATHE, parameters("tokens", tokens, "oneOf", 1), dense, Unit.FLOPS, slow,
                    others.toArray(BenchmarkCase[]::new));
            add("attention of " + tokens + ", 1/8 of the tiles", "AttentionBenchmark", LATHE,
                    parameters("tokens", tokens, "oneOf", 8), dense / 8, Unit.FLOPS, slow, find(title, LATHE));
        }
    }

    private void decode() {
        double numbers = 2.0 * DecodeBenchmark.TOKENS * DecodeBenchmark.WIDTH * DecodeBenchmark.KV_HEADS;
        for (String form : List.of("f32", "bf16")) {
            double bytes = numbers * (form.equals("f32") ? 4 : 2);
            add("one query over 16384 keys, " + form, "DecodeBenchmark", LATHE, parameters("form", form), bytes,
                    Unit.BYTES, false);
        }
    }

    private void decompositions() {
        double size = DecompositionBenchmark.SIZE;
        for (String by : List.of(LATHE, TORCH)) {
            add("cholesky 2048", "DecompositionBenchmark", by, parameters("what", "cholesky"), size * size * size / 3,
                    Unit.FLOPS, false);
        }
        for (String by : List.of(LATHE, TORCH)) {
            add("svd 2048", "DecompositionBenchmark", by, parameters("what", "svd"), 22 * size * size * size,
                    Unit.FLOPS, true);
        }
    }

    /** One new token of a model that no cache holds, and a prompt; libtorch also in the type that it is faster in. */
    private void wholeModel() {
        decodeModel("bf16", LATHE, "bf16");
        decodeModel("bf16", TORCH, "bf16");
        decodeModel("bf16", JLAMA, "bf16");
        decodeModel("int4", LATHE, "int4");
        decodeModel("int4", JLAMA, "q4");
        decodeModel("f32", TORCH, "f32");
        prefillModel("bf16", LATHE, "bf16");
        prefillModel("bf16", TORCH, "f32");
        prefillModel("bf16", JLAMA, "bf16");
        prefillModel("int4", LATHE, "int4");
        if (!quick) {
            prefillModel("int4", JLAMA, "q4");
            prefillModel("bf16 in libtorch", TORCH, "bf16");
        }
    }

    private void decodeModel(String title, String by, String form) {
        add("model, one token, " + title, "ModelBenchmark", by,
                parameters("form", form, "phase", ModelBenchmark.DECODE),
                BenchmarkModel.decodeBytes(BenchmarkModel.LARGE, form), Unit.BYTES, false);
    }

    private void prefillModel(String title, String by, String form) {
        add("model, prompt of 512, " + title, "ModelBenchmark", by,
                parameters("form", form, "phase", ModelBenchmark.PREFILL),
                BenchmarkModel.prefillFlops(BenchmarkModel.LARGE, BenchmarkModel.PROMPT), Unit.FLOPS, true,
                find(PRODUCT, BLAS));
    }

    /** Lathe's cases have the machine's limit measured in turn with them, and the given cases. */
    private void add(String title, String benchmark, String by, SequencedMap<String, String> parameters,
            double amount, Unit unit, boolean slow, BenchmarkCase... others) {
        List<BenchmarkCase> inTurn = new ArrayList<>();
        if (by.equals(LATHE)) {
            inTurn.add(cases.stream().filter(one -> one.isLimit() && one.unit() == unit).findFirst().orElseThrow());
            inTurn.addAll(List.of(others));
        }
        cases.add(new BenchmarkCase(title, benchmark + ".run", Optional.of(by), parameters, amount, unit, slow,
                inTurn));
    }

    private static SequencedMap<String, String> parameters(Object... namesAndValues) {
        SequencedMap<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(namesAndValues[i].toString(), namesAndValues[i + 1].toString());
        }
        return map;
    }
}
