package lathe.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the engine is asked to reach, and what was measured.
 *
 * @param sentence the ratio
 * @param asked    at least so much
 * @param reached  what it was
 */
record Bar(String sentence, double asked, double reached) {
    private static final String LATHE = "lathe";

    /** Whether it was reached. */
    boolean holds() {
        return reached >= asked;
    }

    /** All bars whose cases were measured. */
    static List<Bar> all(BenchmarkTable table) {
        List<Bar> bars = new ArrayList<>();
        faster(bars, table, "sgemm over OpenBLAS called from C", 0.95, "sgemm 2048", "openblas", "sgemm 2048");
        bandwidth(bars, table, "f32", 0.85);
        bandwidth(bars, table, "bf16", 0.85);
        bandwidth(bars, table, "int4", 0.7);
        forms(bars, table, "int3", "int4");
        forms(bars, table, "int2", "int4");
        forms(bars, table, "2:4", "bf16");
        forms(bars, table, "bitmask", "bf16");
        forms(bars, table, "bitmask-int4", "int4");
        forms(bars, table, "spqr", "bf16");
        for (String block : List.of("1x16", "16x16")) {
            faster(bars, table, "block-sparse product at 90 %, " + block + ", over sgemm", 5, "512 tokens, dense",
                    LATHE,
                    "512 tokens, " + block + " blocks, 0.9");
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

    private static void forms(List<Bar> bars, BenchmarkTable table, String fast, String slow) {
        faster(bars, table, "one token, " + fast + " over " + slow, 1, "one token, " + slow, LATHE,
                "one token, " + fast);
    }

    private static void bandwidth(List<Bar> bars, BenchmarkTable table, String form, double asked) {
        ofBandwidth(bars, table, "one token, " + form, asked);
    }

    private static void ofBandwidth(List<Bar> bars, BenchmarkTable table, String title, double asked) {
        Optional<Measurement> measured = table.find(title, LATHE);
        if (measured.isPresent() && table.bandwidth().isPresent()) {
            bars.add(new Bar(title + ", of read bandwidth", asked, measured.get().rate() / table.bandwidth().get()));
        }
    }

    /** The rate of a product in float32 is OpenBLAS's, called from C: what others reach. */
    private static void ofProduct(List<Bar> bars, BenchmarkTable table, String title, double asked) {
        Optional<Measurement> measured = table.find(title, LATHE);
        Optional<Measurement> product = table.find("sgemm 2048", "openblas");
        if (measured.isPresent() && product.isPresent()) {
            bars.add(new Bar(title + ", of OpenBLAS's sgemm", asked, measured.get().rate() / product.get().rate()));
        }
    }

    private static void faster(List<Bar> bars, BenchmarkTable table, String sentence, double asked, String slow,
            String slowBy, String fast) {
        Optional<Measurement> one = table.find(slow, slowBy);
        Optional<Measurement> other = table.find(fast, LATHE);
        if (one.isPresent() && other.isPresent()) {
            bars.add(new Bar(sentence, asked, one.get().micros() / other.get().micros()));
        }
    }
}
