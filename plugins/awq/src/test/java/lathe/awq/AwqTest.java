package lathe.awq;

import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import lathe.spi.Kind;
import lathe.testkit.GoldenCases;

class AwqTest {
    @TestFactory
    Stream<DynamicTest> equalsTheGoldenCases() {
        return GoldenCases.of(Kind.QUANTIZER, "awq").tests(new AwqPlugin());
    }
}
