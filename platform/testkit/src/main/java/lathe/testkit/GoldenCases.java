package lathe.testkit;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;

import lathe.spi.Kind;
import lathe.spi.Plugin;
import lathe.testkit.golden.GoldenFolders;
import lathe.testkit.golden.GoldenResult;
import lathe.testkit.golden.GoldenRunner;
import lathe.testkit.scene.MethodSource;

/**
 * The golden cases of a method as tests:
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicTest> golden() {
 *     return GoldenCases.of(Kind.PRUNER, "wanda").tests(new WandaPlugin());
 * }
 * }</pre>
 */
public final class GoldenCases {
    private final Kind kind;
    private final String id;
    private final Map<String, String> withoutReasons;
    private final Map<String, String> missingReasons;

    private GoldenCases(
            Kind kind, String id, Map<String, String> withoutReasons, Map<String, String> missingReasons) {
        this.kind = requireNonNull(kind, "kind is null");
        this.id = requireNonNull(id, "id is null");
        this.withoutReasons = withoutReasons;
        this.missingReasons = missingReasons;
    }

    /**
     * The cases of a method.
     *
     * @param kind kind of the method
     * @param id   the method's id
     * @return its cases
     */
    public static GoldenCases of(Kind kind, String id) {
        return new GoldenCases(kind, id, Map.of(), Map.of());
    }

    /**
     * The same cases, of which one is skipped, and says why.
     *
     * @param name   the case
     * @param reason a sentence
     * @return a copy
     */
    public GoldenCases without(String name, String reason) {
        Map<String, String> more = new LinkedHashMap<>(withoutReasons);
        more.put(name, requireNonNull(reason, "reason is null"));
        return new GoldenCases(kind, id, more, missingReasons);
    }

    /**
     * The same cases, of which some results may be missing, and says why. What is given is compared all the same, and a
     * case without any other result is no test.
     *
     * @param reason  a sentence
     * @param results their names
     * @return a copy
     */
    public GoldenCases missing(String reason, String... results) {
        Map<String, String> more = new LinkedHashMap<>(missingReasons);
        for (String result : results) {
            more.put(result, requireNonNull(reason, "reason is null"));
        }
        return new GoldenCases(kind, id, withoutReasons, more);
    }

    /**
     * One test a case. Where no folder has cases, one test is skipped and says where they were looked for.
     *
     * @param plugins the method's plugin, and those of methods that it builds on
     * @return the tests
     */
    public Stream<DynamicTest> tests(Plugin... plugins) {
        GoldenFolders folders = GoldenFolders.ofProperties();
        List<Path> cases = folders.cases(kind, id);
        if (cases.isEmpty()) {
            return Stream.of(DynamicTest.dynamicTest("no cases", () -> skip(
                    "There are no golden cases of " + id + " in " + folders.folders(kind, id) + ".")));
        }
        missingReasons.forEach((result, reason) -> System.out.println(
                "Not compared where it is missing: " + id + " " + result + ": " + reason));
        GoldenRunner runner = new GoldenRunner(MethodSource.of(plugins));
        return cases.stream().map(json -> DynamicTest.dynamicTest(nameOf(json), json.toUri(), () -> run(runner, json)));
    }

    private void run(GoldenRunner runner, Path json) {
        String reason = withoutReasons.get(nameOf(json));
        if (reason != null) {
            skip(id + "/" + nameOf(json) + ": " + reason);
        }
        GoldenResult result = runner.run(kind, json, missingReasons.keySet());
        if (result.outcome() != GoldenResult.Outcome.EQUAL) {
            Assertions.fail(id + "/" + result.name() + ": " + result.detail());
        }
    }

    private static void skip(String reason) {
        System.out.println("Skipped: " + reason);
        Assumptions.abort(reason);
    }

    private static String nameOf(Path json) {
        String file = json.getFileName().toString();
        return file.substring(0, file.length() - ".json".length());
    }
}
