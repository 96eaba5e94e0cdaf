package lathe.flap;

import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import lathe.spi.Kind;
import lathe.testkit.GoldenCases;

class FlapTest {
    @TestFactory
    Stream<DynamicTest> equalsTheGoldenCases() {
        return GoldenCases.of(Kind.PRUNER, "flap").tests(new FlapPlugin());
    }
}
