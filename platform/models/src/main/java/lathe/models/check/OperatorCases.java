package lathe.models.check;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.engine.Engine;
import lathe.engine.check.OperatorCheck;
import lathe.engine.check.OperatorFinding;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

/** Single operators and numeric services: {@code <case>.json} with {@code <case>.safetensors}. */
public final class OperatorCases {
    private static final String JSON = ".json";

    private OperatorCases() {}

    /**
     * Runs the cases of a folder.
     *
     * @param folder  with a pair of files a case
     * @param engine  services and tensors
     * @param compute kernels
     * @param parent  owner of intermediate tensors
     * @return an outcome a case for what can be computed here, and one for results that cannot, which are skipped
     */
    public static List<CaseOutcome> run(Path folder, Engine engine, Compute compute, Scope parent) {
        requireNonNull(folder, "folder is null");
        OperatorCheck check = new OperatorCheck(engine, engine.linearAlgebra(), compute);
        List<Path> files = CaseFolder.list(folder, path -> path.getFileName().toString().endsWith(JSON)
                && !path.getFileName().toString().equals("index.json"));
        return CaseFolder.each(files, file -> outcomes(file, check, parent));
    }

    private static List<CaseOutcome> outcomes(Path file, OperatorCheck check, Scope parent) {
        try (Scope scope = parent.child(); StoredOperatorCase golden = new StoredOperatorCase(file, scope)) {
            OperatorFinding finding = check.run(golden, scope);
            List<CaseOutcome> outcomes = new ArrayList<>();
            if (!finding.computed().isEmpty() || !finding.differences().isEmpty()) {
                outcomes.add(new CaseOutcome(golden.operation(), golden.name(), finding.differences().isEmpty()
                        ? Optional.empty() : Optional.of(String.join(", ", finding.differences()))));
            }
            if (!finding.uncomputed().isEmpty()) {
                String results = String.join(", ", finding.uncomputed());
                outcomes.add(CaseOutcome.skipped(golden.operation(), golden.name() + ": " + results,
                        "nothing in this installation computes it"));
            }
            return outcomes;
        }
    }
}
