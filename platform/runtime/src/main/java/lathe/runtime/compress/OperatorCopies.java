package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.BlockSparse;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Custom;
import lathe.spi.operator.Dense;
import lathe.spi.operator.DictionarySparse;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.LowRank;
import lathe.spi.operator.Masked;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Rotation;
import lathe.spi.operator.Sum;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Moves stored forms to another scope, bit by bit: methods return them in the scope of their call, which dies. */
final class OperatorCopies {
    private final Scope target;

    OperatorCopies(Scope target) {
        this.target = requireNonNull(target, "target is null");
    }

    LinearOperator copy(LinearOperator operator) {
        return switch (operator) {
            case Dense dense -> new Dense(copy(dense.weight()));
            case GroupQuantized codes -> copy(codes);
            case Codebook book -> new Codebook(book.outFeatures(), book.inFeatures(), book.bits(), copy(book.codes()),
                    copy(book.table()), book.group(), book.scales().map(this::copy), book.tensorScale());
            case BitmaskSparse sparse -> new BitmaskSparse(sparse.outFeatures(), sparse.inFeatures(),
                    copy(sparse.bitmap()), copy(sparse.rowStarts()), copy(sparse.values()));
            case NmSparse sparse -> new NmSparse(sparse.outFeatures(), sparse.inFeatures(), sparse.kept(),
                    sparse.group(), copy(sparse.places()), copy(sparse.values()));
            case BlockSparse sparse -> new BlockSparse(sparse.outFeatures(), sparse.inFeatures(), sparse.blockRows(),
                    sparse.blockColumns(), copy(sparse.rowStarts()), copy(sparse.columns()), copy(sparse.values()));
            case Csr csr -> copy(csr);
            case LowRank factors -> new LowRank(copy(factors.up()), copy(factors.down()));
            case DictionarySparse coded -> new DictionarySparse(copy(coded.dictionary()), copy(coded.coefficients()));
            case Rotated rotated -> new Rotated(copy(rotated.rotation()), copy(rotated.inner()));
            case Masked masked -> new Masked(masked.mask(), new Dense(copy(masked.inner().weight())));
            case Sum sum -> new Sum(sum.terms().stream().map(this::copy).toList());
            // A form of somebody else's cannot be taken apart: it keeps its memory itself.
            case Custom custom -> custom;
        };
    }

    Tensor copy(Tensor tensor) {
        return tensor.in(target).copy();
    }

    private GroupQuantized copy(GroupQuantized codes) {
        return new GroupQuantized(codes.outFeatures(), codes.inFeatures(), codes.bits(), codes.group(),
                copy(codes.codes()), copy(codes.scales()), copy(codes.zeros()), codes.columnGroups().map(this::copy));
    }

    private Csr copy(Csr csr) {
        return new Csr(csr.outFeatures(), csr.inFeatures(), copy(csr.rowStarts()), copy(csr.columns()),
                copy(csr.values()));
    }

    private Values copy(Values values) {
        return switch (values) {
            case Values.Plain plain -> new Values.Plain(copy(plain.values()));
            case Values.Packed packed -> new Values.Packed(packed.bits(), packed.group(), copy(packed.codes()),
                    copy(packed.scales()), copy(packed.zeros()));
        };
    }

    private ZeroPoints copy(ZeroPoints zeros) {
        return switch (zeros) {
            case ZeroPoints.Constant constant -> constant;
            case ZeroPoints.Packed packed -> new ZeroPoints.Packed(packed.bits(), copy(packed.packed()));
            case ZeroPoints.Real real -> new ZeroPoints.Real(copy(real.values()));
        };
    }

    private Rotation copy(Rotation rotation) {
        return switch (rotation) {
            case Rotation.Hadamard hadamard -> hadamard;
            case Rotation.Matrix matrix -> new Rotation.Matrix(copy(matrix.matrix()));
        };
    }
}
