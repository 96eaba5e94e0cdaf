package lathe.denseattention;

import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import lathe.spi.Kind;
import lathe.testkit.GoldenCases;

class DenseAttentionTest {
    @TestFactory
    Stream<DynamicTest> equalsTheGoldenCases() {
        return GoldenCases.of(Kind.ATTENTION, "dense").tests(new DenseAttentionPlugin());
    }
}
