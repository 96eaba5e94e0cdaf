package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

import lathe.spi.model.Site;
import lathe.spi.tensor.Tensor;

/**
 * What some linears are about to be applied to.
 *
 * @param sites linears that share the input, such as q, k, v
 * @param input [tokens, in], readable on the host; dead after the call that brought it
 * @param rows  for experts: which row of the pass each row of the input is; empty if it is all of them in order
 */
public record LinearInput(List<Site> sites, Tensor input, Optional<int[]> rows) {
    /** Copies the list. */
    public LinearInput {
        sites = List.copyOf(sites);
        requireNonNull(input, "input is null");
        requireNonNull(rows, "rows is null");
    }
}
