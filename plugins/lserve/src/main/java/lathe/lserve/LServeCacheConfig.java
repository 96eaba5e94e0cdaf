package lathe.lserve;

import java.nio.file.Path;
import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of LServe's cache; labels and windows as in its attention.
 *
 * @param staticSparsity share of the key/value heads that stream; 0 for none, 1 for all
 * @param gates          a table of trained gates, a line a layer and a number a key/value head; needed between
 * @param decSink        first tokens kept of a streaming head
 * @param decLocal       window of a streaming head: the newest token and those before it
 * @param bits           bits of a number of the other heads; unpacked if it is not given
 */
public record LServeCacheConfig(
        @Default("0.0") @Range("[0, 1]") double staticSparsity,
        Optional<Path> gates,
        @Default("128") @Range("[0, inf)") int decSink,
        @Default("256") @Range("[1, inf)") int decLocal,
        @Range("[1, 8]") Optional<Integer> bits) {
    HeadLabels labels() {
        return new HeadLabels(staticSparsity, gates);
    }
}
