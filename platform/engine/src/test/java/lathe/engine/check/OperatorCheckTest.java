package lathe.engine.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.engine.numeric.JavaAlgebra;
import lathe.spi.backend.Compute;
import lathe.spi.model.Rotary;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Operators and services against torch, numpy, scipy and transformers. */
class OperatorCheckTest {
    private static final Set<String> DECOMPOSITIONS = Set.of("cholesky", "svd", "qr", "eigh", "triangular",
            "least-squares");

    @TestFactory
    Stream<DynamicTest> agreesWithOtherSoftware() throws IOException {
        return cases().stream().map(file -> DynamicTest.dynamicTest(file.getFileName().toString(),
                () -> run(file, Engine.shared().linearAlgebra())));
    }

    @TestFactory
    Stream<DynamicTest> agreesWhereThereIsNoLibraryForThePlatform() throws IOException {
        try (Scope scope = Engine.shared().openScope()) {
            return cases().stream().filter(file -> DECOMPOSITIONS.contains(new StoredCase(file, scope).operation()))
                    .toList().stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(),
                            () -> run(file, new JavaAlgebra())));
        }
    }

    @Test
    void findsAWrongExpectationAndNamesWhatIsNotComputed() throws IOException {
        Path file = cases().stream().filter(path -> path.endsWith("rmsnorm.json")).findFirst().orElseThrow();
        try (Scope scope = Engine.shared().openScope(); Compute compute = open()) {
            OperatorCase changed = new ChangedCase(new StoredCase(file, scope));
            OperatorFinding finding = new OperatorCheck(Engine.shared(), new JavaAlgebra(), compute).run(changed,
                    scope);
            assertThat(finding.differences()).anyMatch(difference -> difference.startsWith("y["))
                    .anyMatch(difference -> difference.startsWith("d_x "));
            assertThat(finding.uncomputed()).containsExactly("not_computed");
        }
    }

    /** The same inputs with results that are wrong by a little. */
    private record ChangedCase(OperatorCase own) implements OperatorCase {
        @Override
        public String name() {
            return own.name();
        }

        @Override
        public String operation() {
            return own.operation();
        }

        @Override
        public boolean has(String tensor) {
            return own.has(tensor);
        }

        @Override
        public Tensor tensor(String tensor) {
            return tensor.startsWith("out.") ? own.tensor(tensor).multiply(1.0001) : own.tensor(tensor);
        }

        @Override
        public Optional<Double> number(String parameter) {
            return own.number(parameter);
        }

        @Override
        public Optional<String> word(String parameter) {
            return own.word(parameter);
        }

        @Override
        public boolean flag(String parameter) {
            return own.flag(parameter);
        }

        @Override
        public Set<String> results() {
            Set<String> results = new HashSet<>(own.results());
            results.add("not_computed");
            return results;
        }

        @Override
        public Rule rule(String result) {
            return own.rule(result);
        }

        @Override
        public Rotary rotary() {
            return own.rotary();
        }
    }

    private static void run(Path file, LinearAlgebra algebra) {
        try (Scope scope = Engine.shared().openScope(); Compute compute = open()) {
            StoredCase golden = new StoredCase(file, scope);
            OperatorFinding finding = new OperatorCheck(Engine.shared(), algebra, compute).run(golden, scope);
            assertThat(finding.differences()).isEmpty();
            assertThat(finding.computed()).isNotEmpty();
            assertThat(finding.uncomputed()).isEmpty();
        }
    }

    private static Compute open() {
        return new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
    }

    private static List<Path> cases() throws IOException {
        Path folder = Path.of(System.getProperty("lathe.shared", "../../../shared"), "golden", "ops");
        if (!Files.isDirectory(folder)) {
            System.out.println("Skipped: there are no golden operators in " + folder.toAbsolutePath());
        }
        assumeTrue(Files.isDirectory(folder), "no golden operators in " + folder);
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json") && !file.endsWith("index.json")).sorted()
                    .toList();
        }
    }
}
