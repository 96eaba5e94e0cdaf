package lathe.runtime.compress;

import java.util.Optional;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Masked;
import lathe.spi.operator.NmSparse;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.SparsityPattern;

/** Finds out what an earlier pruner left of a weight. */
final class Masks {
    private Masks() {}

    /**
     * The mask of a stored form.
     *
     * @param operator the weight
     * @param pruned   whether its model was pruned: zeros of a dense weight count only then
     */
    static Optional<Mask> of(LinearOperator operator, boolean pruned) {
        return switch (operator) {
            case BitmaskSparse sparse -> Optional.of(bitmask(sparse));
            case NmSparse sparse -> Optional.of(nm(sparse));
            case Masked masked -> Optional.of(masked.mask());
            case Dense dense when pruned ->
                Optional.of(Mask.nonZero(dense.weight())).filter(mask -> mask.sparsity() > 0);
            default -> Optional.empty();
        };
    }

    private static Mask bitmask(BitmaskSparse sparse) {
        Mask.Builder builder = new Mask.Builder(sparse.outFeatures(), sparse.inFeatures());
        for (int i = 0; i < sparse.outFeatures(); i++) {
            var row = sparse.bitmap().row(i).segment();
            for (int j = 0; j < sparse.inFeatures(); j++) {
                if ((row.get(java.lang.foreign.ValueLayout.JAVA_BYTE, j >>> 3) >>> (j & 7) & 1) != 0) {
                    builder.keep(i, j);
                }
            }
        }
        return builder.build();
    }

    private static Mask nm(NmSparse sparse) {
        Mask.Builder builder = new Mask.Builder(sparse.outFeatures(), sparse.inFeatures())
                .patterned(new SparsityPattern(sparse.group() - sparse.kept(), sparse.group()));
        int bits = NmSparse.placeBits(sparse.group());
        int[] places = new int[sparse.keptPerRow()];
        for (int i = 0; i < sparse.outFeatures(); i++) {
            BitPacking.unpackRow(sparse.places().row(i).segment(), 0, places.length, bits, places);
            for (int k = 0; k < places.length; k++) {
                builder.keep(i, k / sparse.kept() * sparse.group() + places[k]);
            }
        }
        return builder.build();
    }
}
