package lathe.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

class BenchmarkPlanTest {
    private static final List<BenchmarkCase> CASES = BenchmarkPlan.cases(EnumSet.allOf(BenchmarkPlan.Part.class),
            false);

    private static Measurement measured(BenchmarkCase one) {
        Map<BenchmarkCase, Ratio> inTurn = new LinkedHashMap<>();
        one.others().forEach(other -> inTurn.put(other, new Ratio(0.5, 0.4, 0.6)));
        return new Measurement(one, 10, 11, inTurn);
    }

    @Test
    void everyBarComesFromCasesThatAreMeasuredInTurn() {
        List<Bar> bars = Bar.all(new BenchmarkTable(CASES.stream().map(BenchmarkPlanTest::measured).toList()));
        assertThat(bars).extracting(Bar::sentence)
                .doesNotHaveDuplicates()
                .hasSize(17)
                .contains("sgemm over OpenBLAS called from C", "one token, int4, of read bandwidth",
                        "one token, int3 over int4", "dense causal attention of 4096 over libtorch",
                        "model, prompt of 512, bf16, of OpenBLAS's sgemm", "1/8 of the tiles over dense at 16384");
    }

    @Test
    void aBarIsARatioOfRatesAgainstALimitAndOfTimesAgainstAnotherForm() {
        List<Bar> bars = Bar.all(new BenchmarkTable(CASES.stream().map(BenchmarkPlanTest::measured).toList()));
        Bar form = bars.stream().filter(bar -> bar.sentence().equals("one token, 2:4 over bf16")).findFirst().get();
        assertThat(form.reached().median()).isEqualTo(0.5);
        assertThat(form.verdict()).isEqualTo("missed by 50 %");
        Bar limit = bars.stream().filter(bar -> bar.sentence().startsWith("one token, f32, of")).findFirst().get();
        // 64 MiB of a weight in twice the time of 256 MiB of memory.
        assertThat(limit.reached()).isEqualTo(new Ratio(0.125, 0.1, 0.15));
    }

    @Test
    void allCasesOfLatheAndTheyAloneHaveTheirLimitMeasuredInTurn() {
        assertThat(CASES).allSatisfy(one -> assertThat(measured(one).ofLimit().isPresent())
                .isEqualTo(one.who().equals("lathe")));
    }

    @Test
    void aProcessFindsTheOtherCasesByTheirNames() {
        List<BenchmarkCase> all = CASES.stream().flatMap(one -> one.others().stream()).distinct().toList();
        assertThat(all).hasSizeGreaterThan(8);
        new InTurn(InTurn.named(all));
        assertThatThrownBy(() -> new InTurn("MatrixBenchmark.run form=int4"))
                .hasMessage("No case is called MatrixBenchmark.run form=int4.");
    }
}
