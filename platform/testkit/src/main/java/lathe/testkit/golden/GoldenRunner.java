package lathe.testkit.golden;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;
import lathe.testkit.scene.MethodSource;
import lathe.testkit.scene.Numbers;

/** Runs cases against methods. */
public final class GoldenRunner {
    /** Ends the name of a result that a case gives in a second form, where a token that is not stored sees itself. */
    static final String SELF_VISIBLE = "_self_visible";

    private static final Map<Kind, Adapter> ADAPTERS = Map.of(
            Kind.PRUNER, new PrunerAdapter(),
            Kind.QUANTIZER, new QuantizerAdapter(),
            Kind.ATTENTION, new AttentionAdapter(),
            Kind.KV_POLICY, new KvAdapter(),
            Kind.ROUTER, new RouterAdapter(),
            Kind.TUNER, new TunerAdapter());

    private static final Pattern GRADIENT = Pattern.compile("(^|_)grad_");

    private final MethodSource methods;
    private final GoldenEngine engine = new GoldenEngine();

    /**
     * @param methods what cases are run against
     */
    public GoldenRunner(MethodSource methods) {
        this.methods = requireNonNull(methods, "methods is null");
    }

    /**
     * Runs a case.
     *
     * @param kind kind of the method
     * @param json the case's description, beside its safetensors file
     * @return how it ended; a method that throws differs, a case whose gradients or whole operation nobody computes is
     *         incomplete
     */
    public GoldenResult run(Kind kind, Path json) {
        return run(kind, json, Set.of());
    }

    /**
     * Runs a case of which some results may be missing. Those that are given are compared like all others.
     *
     * @param kind    kind of the method
     * @param json    the case's description, beside its safetensors file
     * @param missing results that need not be given
     * @return how it ended; a method that throws differs
     */
    public GoldenResult run(Kind kind, Path json, Set<String> missing) {
        String file = json.getFileName().toString();
        String name = file.substring(0, file.length() - ".json".length());
        String folder = json.toAbsolutePath().getParent().getFileName().toString();
        try (Scope scope = engine.openScope()) {
            GoldenCase golden = CaseReader.read(kind, json, scope);
            Workbench bench = new Workbench(methods, engine, scope);
            Map<String, Numbers> results = new HashMap<>(results(golden, bench));
            if (golden.expectations().stream().anyMatch(expectation -> isGradient(golden, expectation))) {
                RouterAdapter.gradients(golden, bench).forEach(results::putIfAbsent);
            }
            String difference = difference(golden, results, missing);
            if (!difference.isEmpty()) {
                return new GoldenResult(kind, folder, name, GoldenResult.Outcome.DIFFERS, difference);
            }
            String gradients = missingGradients(golden, results, missing);
            return gradients.isEmpty()
                    ? new GoldenResult(kind, folder, name, GoldenResult.Outcome.EQUAL, "")
                    : new GoldenResult(kind, folder, name, GoldenResult.Outcome.INCOMPLETE,
                            "forward equal; gradients are not computed: " + gradients);
        } catch (UnknownOperationException unknown) {
            return new GoldenResult(kind, folder, name, GoldenResult.Outcome.INCOMPLETE, unknown.getMessage());
        } catch (LatheException failure) {
            return new GoldenResult(kind, folder, name, GoldenResult.Outcome.DIFFERS, failure.getMessage());
        } catch (RuntimeException failure) {
            return new GoldenResult(kind, folder, name, GoldenResult.Outcome.DIFFERS, place(failure));
        }
    }

    private static String difference(GoldenCase golden, Map<String, Numbers> results, Set<String> missing) {
        List<String> differences = new ArrayList<>();
        if (golden.expectations().stream().noneMatch(expectation -> results.containsKey(expectation.name()))) {
            differences.add("nothing of what is expected was given");
        }
        for (Expectation expectation : golden.expectations()) {
            Numbers given = results.get(expectation.name());
            if (given == null && (missing.contains(expectation.name()) || isGradient(golden, expectation)
                    || results.containsKey(expectation.name() + SELF_VISIBLE))) {
                continue;
            }
            Optional<String> difference = given == null
                    ? Optional.of(expectation.name() + " was not given")
                    : expectation.difference(given);
            difference.ifPresent(differences::add);
        }
        return String.join("; ", differences);
    }

    private static String missingGradients(GoldenCase golden, Map<String, Numbers> results, Set<String> missing) {
        return golden.expectations().stream()
                .filter(expectation -> isGradient(golden, expectation))
                .map(Expectation::name)
                .filter(name -> !results.containsKey(name) && !missing.contains(name))
                .collect(Collectors.joining(", "));
    }

    /** Routers that cannot be trained have no backward pass. */
    private static boolean isGradient(GoldenCase golden, Expectation expectation) {
        return golden.kind() == Kind.ROUTER && GRADIENT.matcher(expectation.name()).find();
    }

    /** A stage that the method itself offers under the case's operation comes before what all methods of a kind can do. */
    private static Map<String, Numbers> results(GoldenCase golden, Workbench bench) {
        Optional<Map<String, Numbers>> stage = bench.stage(golden);
        if (stage.isPresent()) {
            return stage.get();
        }
        Adapter adapter = ADAPTERS.get(golden.kind());
        if (adapter == null) {
            throw new UnknownOperationException(golden);
        }
        return adapter.run(golden, bench);
    }

    private static String place(RuntimeException failure) {
        String where = failure.getStackTrace().length == 0 ? "" : " at " + failure.getStackTrace()[0];
        return failure + where;
    }
}
