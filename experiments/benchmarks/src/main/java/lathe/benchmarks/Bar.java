package lathe.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * What the engine is asked to reach, and what was measured in turn.
 *
 * @param sentence the ratio
 * @param asked    at least so much
 * @param reached  what it was; the median counts
 */
record Bar(String sentence, double asked, Ratio reached) {
    private static final String LATHE = "lathe";
    private static final String BANDWIDTH = "read bandwidth";
    private static final String PRODUCT = "sgemm 2048";

    /** Whether it was reached. */
    boolean holds() {
        return reached.median() >= asked;
    }

    /** Whether it was reached, or by how much not. */
    String verdict() {
        return holds() ? "holds" : "missed by %.0f %%".formatted(100 * (1 - reached.median() / asked));
    }

    /** All bars whose cases were measured. */
    static List<Bar> all(BenchmarkTable table) {
        List<Bar> bars = new ArrayList<>();
        faster(bars, table, "sgemm over OpenBLAS called from C", 0.95, PRODUCT, "openblas", PRODUCT);
        ofBandwidth(bars, table, "one token, f32", 0.85);
        ofBandwidth(bars, table, "one token, bf16", 0.85);
        ofBandwidth(bars, table, "one token, int4", 0.7);
        for (String form : BenchmarkPlan.HELD_TO_A_FORM) {
            String slow = BenchmarkPlan.heldTo(form);
            faster(bars, table, "one token, " + form + " over " + slow, 1, "one token, " + slow, LATHE,
                    "one token, " + form);
        }
        for (String block : List.of("1x16", "16x16")) {
            faster(bars, table, "block-sparse product at 90 %, " + block + ", over sgemm", 5, "512 tokens, dense",
                    LATHE, "512 tokens, " + block + " blocks, 0.9");
        }
        faster(bars, table, "dense causal attention of 4096 over libtorch", 1, "attention of 4096, dense", "libtorch",
                "attention of 4096, dense");
        ofBandwidth(bars, table, "model, one token, bf16", 0.85);
        ofBandwidth(bars, table, "model, one token, int4", 0.7);
        ofProduct(bars, table, "model, prompt of 512, bf16", 0.8);
        faster(bars, table, "1/8 of the tiles over dense at 16384", 6, "attention of 16384, dense", LATHE,
                "attention of 16384, 1/8 of the tiles");
        return bars;
    }

    private static void ofBandwidth(List<Bar> bars, BenchmarkTable table, String title, double asked) {
        table.find(title, LATHE)
                .flatMap(measured -> measured.rateOver(BANDWIDTH, "machine"))
                .ifPresent(ratio -> bars.add(new Bar(title + ", of read bandwidth", asked, ratio)));
    }

    /** The rate of a product in float32 is OpenBLAS's, called from C: what others reach. */
    private static void ofProduct(List<Bar> bars, BenchmarkTable table, String title, double asked) {
        table.find(title, LATHE)
                .flatMap(measured -> measured.rateOver(PRODUCT, "openblas"))
                .ifPresent(ratio -> bars.add(new Bar(title + ", of OpenBLAS's sgemm", asked, ratio)));
    }

    private static void faster(List<Bar> bars, BenchmarkTable table, String sentence, double asked, String slow,
            String slowBy, String fast) {
        table.find(fast, LATHE)
                .flatMap(measured -> measured.speedOver(slow, slowBy))
                .ifPresent(ratio -> bars.add(new Bar(sentence, asked, ratio)));
    }
}
