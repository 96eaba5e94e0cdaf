package lathe.runtime.describe;

import java.util.List;
import java.util.stream.Collectors;

import lathe.spi.Kind;
import lathe.spi.Method;

/** Makes the line that shows how an experiment uses a method. */
public final class Example {
    private static final int MOST_PARAMETERS = 3;

    private Example() {}

    /**
     * One graph node that uses a method.
     *
     * @param method the method
     * @return what its author gives, or a node with its first parameters at their defaults
     */
    public static String of(Method<?> method) {
        if (!method.example().isEmpty()) {
            return method.example();
        }
        String id = method.id();
        String settings = settings(Parameters.of(method.configType()));
        return switch (method.kind()) {
            case PRUNER -> "pruned { prune = " + id + ", of = dense" + settings + " }";
            case QUANTIZER -> "packed { quantize = " + id + ", of = dense" + settings + " }";
            case FACTORIZER -> "factored { factorize = " + id + ", of = dense" + settings + " }";
            case CARVER ->
                "carved { convert = " + id + ", of = dense" + settings + ", calibration = ${calibration.pride} }";
            case MERGER -> "merged { merge = " + id + ", of = [dense, other]" + settings + " }";
            // Told as it is: the verb is refused, because experiments cannot train.
            case TUNER -> "# not in experiments yet: tuned { tune = " + id + ", of = dense" + settings + " }";
            case STEP -> "done { step = " + id + ", of = dense" + settings + " }";
            case DATA_SOURCE -> "corpus { data = " + id + settings + " }";
            case MODEL_SOURCE -> "dense { load { use = " + id + settings + " } }";
            case ATTENTION -> "serving { serve = dense, attention { use = " + id + settings + " } }";
            case KV_POLICY -> "serving { serve = dense, cache { use = " + id + settings + " } }";
            case ROUTER -> "serving { serve = dense, router { use = " + id + settings + " } }";
            case METRIC -> "quality { evaluate = [dense], on = ${data.tiny-valid}, metrics = [" + id + "] }";
            default -> verb(method.kind()) + " { " + method.kind().verb() + " = " + id + settings + " }";
        };
    }

    private static String verb(Kind kind) {
        return kind.verb() + "-node";
    }

    private static String settings(List<Parameter> parameters) {
        return parameters.stream()
                .filter(parameter -> parameter.standard().isPresent() || parameter.required())
                .limit(MOST_PARAMETERS)
                .map(parameter -> ", " + parameter.name() + " = " + value(parameter))
                .collect(Collectors.joining());
    }

    private static String value(Parameter parameter) {
        String value = parameter.standard().orElse("...");
        return value.matches("[\\w.+\\-]+|\\[.*]|\\{.*}|\\.\\.\\.") ? value : '"' + value + '"';
    }
}
