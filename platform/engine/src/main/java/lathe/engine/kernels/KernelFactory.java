package lathe.engine.kernels;

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
import lathe.spi.operator.Sum;
import lathe.spi.operator.TileQuantized;

/** The kernel of each stored form. */
final class KernelFactory {
    private final KernelTools tools;

    KernelFactory(KernelTools tools) {
        this.tools = tools;
    }

    LinearKernel of(LinearOperator operator) {
        return switch (operator) {
            case Dense dense -> new DenseKernel(dense, tools);
            case GroupQuantized quantized -> new GroupQuantizedKernel(quantized, tools);
            case TileQuantized quantized -> new TileQuantizedKernel(quantized, tools);
            case Codebook codebook -> new CodebookKernel(codebook, tools);
            case BitmaskSparse sparse -> new BitmaskKernel(sparse, tools);
            case NmSparse sparse -> new NmKernel(sparse, tools);
            case BlockSparse sparse -> new BlockSparseKernel(sparse, tools);
            case Csr sparse -> new CsrKernel(sparse, tools);
            case LowRank factors -> new LowRankKernel(
                    new DenseKernel(new Dense(factors.up()), tools),
                    new DenseKernel(new Dense(factors.down()), tools),
                    tools);
            case DictionarySparse factors -> new LowRankKernel(
                    new DenseKernel(new Dense(factors.dictionary()), tools),
                    new CsrKernel(factors.coefficients(), tools),
                    tools);
            case Rotated rotated -> RotatedKernel.of(rotated.rotation(), of(rotated.inner()), tools);
            case Masked masked -> new MaskedKernel(masked, tools);
            case Sum sum -> RowSumKernel.of(sum.terms().stream().map(this::of).toList(), tools);
            case Custom custom -> new CustomKernel(custom);
        };
    }
}
