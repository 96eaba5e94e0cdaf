package lathe.models.exchange;

import java.nio.file.Path;
import java.util.List;

/**
 * What an export wrote.
 *
 * @param folder    where it lies
 * @param bytes     of all tensors
 * @param quantized weights written in the quantised layout
 * @param dense     linears written with all entries
 * @param engines   who can load the folder, with what they need for it
 * @param remarks   sentences about what the result differs in from the model
 */
public record ExportResult(Path folder, long bytes, int quantized, int dense, List<String> engines,
        List<String> remarks) {
    /** Makes the lists immutable. */
    public ExportResult {
        engines = List.copyOf(engines);
        remarks = List.copyOf(remarks);
    }
}
