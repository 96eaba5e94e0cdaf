package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.model.Site;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Sum;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;

/** Chooses the smallest stored form that holds a pruned weight exactly, and makes it. */
public final class StoredForms {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Compute compute;
    private final Scope scope;

    /**
     * @param compute decodes forms where their numbers must be looked at
     * @param scope   where results live
     */
    public StoredForms(Compute compute, Scope scope) {
        this.compute = requireNonNull(compute, "compute is null");
        this.scope = requireNonNull(scope, "scope is null");
    }

    /**
     * Stores the kept entries of a weight.
     *
     * @param mask   what is kept
     * @param weight [out, in] the values of kept entries
     * @param type   the type of the values; those that it cannot hold are rounded to nearest even
     * @return n:m, bitmask or dense, whichever takes fewest bytes
     */
    public LinearOperator sparse(Mask mask, Tensor weight, DataType type) {
        long rows = mask.rows();
        long dense = rows * mask.columns() * type.bytes();
        long bitmask = bitmaskOverhead(mask) + mask.kept() * type.bytes();
        if (isNm(mask)) {
            NmSparse packed = nm(mask, new Values.Plain(values(mask, weight, type)));
            return packed.bytes() < dense ? packed : new Dense(zeroed(mask, weight, type));
        }
        return bitmask < dense
                ? bitmask(mask, new Values.Plain(values(mask, weight, type)))
                : new Dense(zeroed(mask, weight, type));
    }

    /**
     * Stores the kept codes of a quantised weight.
     *
     * @param mask  what is kept
     * @param codes all codes
     * @return n:m or bitmask with packed values, or codes with zeros in them where that takes no more bytes; zeros are
     *         exactly zero in each
     */
    public LinearOperator sparse(Mask mask, GroupQuantized codes) {
        boolean wholeZeros = !(codes.zeros() instanceof ZeroPoints.Real);
        if (codes.columnGroups().isPresent()) {
            if (!wholeZeros) {
                throw new LatheException("Codes with groups of scattered columns and real zero points cannot hold the "
                        + "zeros of a pruned weight: turn act-order off.");
            }
            return zeroed(mask, codes);
        }
        Values.Packed values = new Values.Packed(codes.bits(), codes.group(), keptCodes(mask, codes),
                codes.scales().in(scope).copy(), zeros(codes));
        LinearOperator sparse = isNm(mask) ? nm(mask, values) : bitmask(mask, values);
        return wholeZeros && codes.bytes() <= sparse.bytes() ? zeroed(mask, codes) : sparse;
    }

    /**
     * Stores what a quantizer made of a pruned weight.
     *
     * @param site   the weight, for messages
     * @param mask   what an earlier pruner left
     * @param result what the quantizer returned
     * @param type   the type of values that stay numbers
     * @return a form that is exactly zero where the mask keeps nothing
     * @throws LatheException if the form cannot be
     */
    public LinearOperator masked(Site site, Mask mask, LinearOperator result, DataType type) {
        return switch (result) {
            case GroupQuantized codes -> sparse(mask, codes);
            case Dense dense -> sparse(mask, dense.weight(), type);
            case Sum sum -> new Sum(sum.terms().stream().map(term -> masked(site, mask, term, type)).toList());
            default -> zeroAlready(site, mask, result);
        };
    }

    private LinearOperator zeroAlready(Site site, Mask mask, LinearOperator result) {
        requireZeros(site, mask, result);
        return OperatorCodec.copy(result, scope);
    }

    private void requireZeros(Site site, Mask mask, LinearOperator result) {
        try (Scope local = scope.child()) {
            Tensor dense = compute.dense(result, DataType.F32, local);
            float[] row = new float[mask.columns()];
            for (int i = 0; i < mask.rows(); i++) {
                dense.copyRow(i, row);
                for (int j = 0; j < row.length; j++) {
                    if (row[j] != 0 && !mask.keeps(i, j)) {
                        throw new LatheException("The weight " + site.name() + " was pruned, but its new form ("
                                + result.form() + ") is not zero at row " + i + ", column " + j
                                + ": this quantizer does not go with a pruned model.");
                    }
                }
            }
        }
    }

    private static boolean isNm(Mask mask) {
        SparsityPattern pattern = mask.pattern();
        boolean powerOfTwo = pattern.group() == 4 || pattern.group() == 8 || pattern.group() == 16;
        return powerOfTwo && mask.columns() % pattern.group() == 0;
    }

    private static long bitmaskOverhead(Mask mask) {
        return mask.rows() * 8L * ((mask.columns() + 63) / 64) + 4L * (mask.rows() + 1);
    }

    private NmSparse nm(Mask mask, Values values) {
        int group = mask.pattern().group();
        int kept = group - mask.pattern().zeros();
        int bits = NmSparse.placeBits(group);
        int perRow = mask.columns() / group * kept;
        Tensor places = scope.zeros(DataType.U8, mask.rows(), BitPacking.rowBytes(perRow, bits));
        int[] row = new int[perRow];
        for (int i = 0; i < mask.rows(); i++) {
            int at = 0;
            for (int j = 0; j < mask.columns(); j++) {
                if (mask.keeps(i, j)) {
                    row[at++] = j % group;
                }
            }
            BitPacking.packRow(row, perRow, bits, places.row(i).segment(), 0);
        }
        return new NmSparse(mask.rows(), mask.columns(), kept, group, places, values);
    }

    private BitmaskSparse bitmask(Mask mask, Values values) {
        int words = (mask.columns() + 63) / 64;
        Tensor bitmap = scope.zeros(DataType.U8, mask.rows(), 8 * words);
        int[] starts = new int[mask.rows() + 1];
        for (int i = 0; i < mask.rows(); i++) {
            MemorySegment row = bitmap.row(i).segment();
            for (int w = 0; w < words; w++) {
                // Little-endian words: bit j % 8 of byte j / 8 is column j.
                row.set(WORD, 8L * w, mask.word(i, w));
            }
            starts[i + 1] = Math.addExact(starts[i], mask.kept(i));
        }
        return new BitmaskSparse(mask.rows(), mask.columns(), bitmap, scope.of(starts, starts.length), values);
    }

    private Tensor values(Mask mask, Tensor weight, DataType type) {
        float[] kept = new float[Math.toIntExact(mask.kept())];
        float[] row = new float[mask.columns()];
        int at = 0;
        for (int i = 0; i < mask.rows(); i++) {
            weight.copyRow(i, row);
            for (int j = 0; j < row.length; j++) {
                if (mask.keeps(i, j)) {
                    kept[at++] = row[j];
                }
            }
        }
        return typed(kept, type, kept.length);
    }

    private Tensor zeroed(Mask mask, Tensor weight, DataType type) {
        Tensor result = scope.zeros(type, mask.rows(), mask.columns());
        float[] row = new float[mask.columns()];
        for (int i = 0; i < mask.rows(); i++) {
            weight.copyRow(i, row);
            for (int j = 0; j < row.length; j++) {
                row[j] = mask.keeps(i, j) ? row[j] : 0;
            }
            result.setRow(i, row);
        }
        return result;
    }

    private Tensor typed(float[] values, DataType type, int... shape) {
        if (type == DataType.F32) {
            return scope.of(values, shape);
        }
        try (Scope local = scope.child()) {
            return local.of(values, shape).in(scope).to(type);
        }
    }

    private Tensor keptCodes(Mask mask, GroupQuantized codes) {
        int[] kept = new int[Math.toIntExact(mask.kept())];
        int[] row = new int[mask.columns()];
        int at = 0;
        for (int i = 0; i < mask.rows(); i++) {
            BitPacking.unpackRow(codes.codes().row(i).segment(), 0, row.length, codes.bits(), row);
            for (int j = 0; j < row.length; j++) {
                if (mask.keeps(i, j)) {
                    kept[at++] = row[j];
                }
            }
        }
        Tensor packed = scope.zeros(DataType.U8, BitPacking.rowBytes(kept.length, codes.bits()));
        BitPacking.packRow(kept, kept.length, codes.bits(), packed.segment(), 0);
        return packed;
    }

    private ZeroPoints zeros(GroupQuantized codes) {
        return switch (codes.zeros()) {
            case ZeroPoints.Constant constant -> constant;
            case ZeroPoints.Packed packed ->
                new ZeroPoints.Packed(packed.bits(), packed.packed().in(scope).copy());
            case ZeroPoints.Real real -> new ZeroPoints.Real(real.values().in(scope).copy());
        };
    }

    /** The same codes with the zero point's code where nothing is kept: scale * (zero - zero) is exactly zero. */
    private GroupQuantized zeroed(Mask mask, GroupQuantized codes) {
        GroupQuantized copy = (GroupQuantized) OperatorCodec.copy(codes, scope);
        int[] groups = codes.columnGroups().map(Tensor::toInts).orElse(null);
        int[] row = new int[mask.columns()];
        for (int i = 0; i < mask.rows(); i++) {
            MemorySegment packed = copy.codes().row(i).segment();
            BitPacking.unpackRow(packed, 0, row.length, codes.bits(), row);
            for (int j = 0; j < row.length; j++) {
                if (!mask.keeps(i, j)) {
                    row[j] = zero(codes, i, groups == null ? j / codes.group() : groups[j]);
                }
            }
            packed.fill((byte) 0);
            BitPacking.packRow(row, row.length, codes.bits(), packed, 0);
        }
        return copy;
    }

    private static int zero(GroupQuantized codes, int row, int group) {
        return switch (codes.zeros()) {
            case ZeroPoints.Constant constant -> constant.value();
            case ZeroPoints.Packed packed ->
                BitPacking.get(packed.packed().row(row).segment(), 0, group, packed.bits());
            case ZeroPoints.Real real -> throw new IllegalStateException("Real zero points are no codes.");
        };
    }
}
