package lathe.models.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.models.checkpoint.SafetensorsFile;
import lathe.models.checkpoint.StrictJson;
import lathe.models.checkpoint.Visible;
import lathe.models.generation.Sampling;
import lathe.models.generation.TokenProbabilities;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Distributions that another library's logits processors left: the same tokens must stay, with the same probabilities. */
public final class SamplingCases {
    private static final long LONGEST = 10_000_000;
    private static final double ABSOLUTE = 1e-7;
    private static final double RELATIVE = 1e-5;

    private final SafetensorsFile file;
    private final Scope scope;

    private SamplingCases(SafetensorsFile file, Scope scope) {
        this.file = file;
        this.scope = scope;
    }

    /**
     * Runs the cases of a folder.
     *
     * @param folder folder with {@code sampling.json} and {@code sampling.safetensors}
     * @param parent owner of intermediate tensors
     * @return an outcome a case
     * @throws LatheException if a file cannot be read
     */
    public static List<CaseOutcome> run(Path folder, Scope parent) {
        Map<String, Object> golden = StrictJson.readObject(folder.resolve("sampling.json"), LONGEST);
        List<CaseOutcome> outcomes = new ArrayList<>();
        try (Scope scope = parent.child();
                SafetensorsFile file = SafetensorsFile.open(folder.resolve("sampling.safetensors"))) {
            SamplingCases cases = new SamplingCases(file, scope);
            for (Object one : golden.get("cases") instanceof List<?> list ? list : List.of()) {
                Map<?, ?> entry = (Map<?, ?>) one;
                outcomes.add(CaseFolder.compared("sampling", entry.get("case") + " " + entry.get("parameters"),
                        () -> cases.difference(entry)));
            }
        }
        return outcomes;
    }

    private Optional<String> difference(Map<?, ?> entry) {
        Sampling sampling = sampling((Map<?, ?>) entry.get("parameters"));
        Tensor logits = tensor((String) entry.get("logits"));
        List<?> ties = entry.get("ties_at_cut") instanceof Map<?, ?> cut ? (List<?>) cut.get("rows") : List.of();
        for (int row = 0; row < logits.size(0); row++) {
            double[] found = TokenProbabilities.of(logits.row(row).toFloats(), tensor("history").row(row).toInts(),
                    sampling);
            float[] wanted = tensor(entry.get("case") + ".probabilities").row(row).toFloats();
            float[] kept = tensor(entry.get("case") + ".kept").row(row).toFloats();
            int at = row;
            if (ties.stream().anyMatch(tied -> ((Number) tied).intValue() == at)) {
                // Which of equal tokens stays depends on a sort.
                Arrays.sort(found);
                Arrays.sort(wanted);
                Arrays.sort(kept);
            }
            Optional<String> difference = difference(row, found, wanted, kept);
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> difference(int row, double[] found, float[] wanted, float[] kept) {
        for (int token = 0; token < found.length; token++) {
            if (found[token] > 0 != (kept[token] == 1)) {
                return Optional.of("row " + row + ": token " + token + (kept[token] == 1 ? " is gone" : " is left"));
            }
            if (!(Math.abs(found[token] - wanted[token]) <= ABSOLUTE + RELATIVE * wanted[token])) {
                return Optional.of("row " + row + ": token " + token + " has the probability " + found[token]
                        + " instead of " + wanted[token]);
            }
        }
        return Optional.empty();
    }

    private static Sampling sampling(Map<?, ?> parameters) {
        return new Sampling(number(parameters, "temperature").orElse(1.0),
                number(parameters, "top_k").map(Double::intValue), number(parameters, "top_p"),
                number(parameters, "min_p"), number(parameters, "repetition_penalty").orElse(1.0), 0);
    }

    private static Optional<Double> number(Map<?, ?> parameters, String name) {
        return Optional.ofNullable((Number) parameters.get(name)).map(Number::doubleValue);
    }

    private Tensor tensor(String name) {
        return file.find(name).orElseThrow(() -> new LatheException(
                Visible.path(file.path()) + " has no tensor " + Visible.name(name) + ".")).tensor(scope);
    }
}
