package lathe.launcher.matrix;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.runtime.registry.InstalledMethod;
import lathe.spi.Kind;

/** Writes combinations as nodes of one experiment; what combinations share is one node. */
final class ExperimentText {
    static final String DENSE = "dense";
    static final String MIXTURE = "mixture";

    private static final String SEPARATOR = "_";
    private static final String CALIBRATION = ", calibration { data = text.txt, sequences = 4, length = 32 }";
    /** Windows as a whole; then the cache: a prompt that is cut where the policy cuts prompts, and single tokens. */
    private static final String JUDGEMENT = """
            , on = text.txt, metrics = [
                { use = perplexity, window = 32, windows = 1 }
                { use = perplexity, window = 32, windows = 1, protocol = through-the-cache, prompt = 28 } ]""";

    private final Map<String, String> nameOf = new LinkedHashMap<>();
    private final Set<InstalledMethod> ofExperts;

    /**
     * @param ofExperts methods that need a model with experts
     */
    ExperimentText(Set<InstalledMethod> ofExperts) {
        this.ofExperts = Set.copyOf(ofExperts);
    }

    /** The one node of each method that changes the model, then one that says how it is served; in this order. */
    List<String> add(Combination combination, Map<InstalledMethod, String> settings) {
        List<String> names = new ArrayList<>();
        boolean experts = combination.has(Kind.ROUTER) || combination.methods().stream().anyMatch(ofExperts::contains);
        String model = experts && !combination.has(Kind.CARVER) ? MIXTURE : DENSE;
        StringBuilder serving = new StringBuilder();
        for (InstalledMethod entry : combination.methods()) {
            String uses = entry.id() + requireNonNull(settings.get(entry), () -> "No settings of " + entry.id());
            switch (entry.method().kind()) {
                case CARVER, PRUNER, FACTORIZER, QUANTIZER -> {
                    model = node(entry.id(),
                            entry.method().kind().verb() + " = " + uses + ", of = " + model + CALIBRATION);
                    names.add(model);
                }
                case ATTENTION -> serving.append(", attention { use = ").append(uses).append(" }");
                case KV_POLICY -> serving.append(", cache { use = ").append(uses).append(" }");
                case ROUTER -> serving.append(", router { use = ").append(uses).append(" }");
                default -> throw new IllegalArgumentException(entry + " has no place in a combination");
            }
        }
        if (!serving.isEmpty()) {
            names.add(node("served", "serve = " + model + serving));
        }
        return names;
    }

    /** Adds what judges a node, and gives its name. */
    String judge(String node) {
        return node("judged", "evaluate = " + node + JUDGEMENT);
    }

    /** The node of a body; a new one is called after what it does, because the planner's sentences name it. */
    private String node(String name, String body) {
        return nameOf.computeIfAbsent(body, key -> name + SEPARATOR + nameOf.size());
    }

    /**
     * A sentence of the planner as it would be of an experiment that names its nodes after methods.
     *
     * @param sentence may name nodes of this experiment
     * @return the sentence without their numbers
     */
    String readable(String sentence) {
        return nameOf.values().stream().filter(sentence::contains).reduce(sentence,
                (text, name) -> text.replaceAll("\\b" + name + "\\b", name.substring(0, name.lastIndexOf(SEPARATOR))));
    }

    /** The whole experiment; the models and the text lie beside the file. */
    String text() {
        StringBuilder text = new StringBuilder("name = matrix, seed = 1\ngraph {\n");
        text.append(DENSE).append(" { load = ").append(DENSE).append(" }\n");
        text.append(MIXTURE).append(" { load = ").append(MIXTURE).append(" }\n");
        nameOf.forEach((body, name) -> text.append(name).append(" { ").append(body).append(" }\n"));
        return text.append("}\n").toString();
    }
}
