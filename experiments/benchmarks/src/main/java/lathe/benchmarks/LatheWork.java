package lathe.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.engine.kernels.MatrixProduct;
import lathe.engine.kernels.Memory;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.model.LayerInfo;
import lathe.spi.numeric.Parallel;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The engine at work on one case. */
final class LatheWork {
    private static final int TILE = 64;

    private final Scope scope = Engine.shared().openScope();
    private final Parallel parallel = Engine.shared().parallel();
    private final Compute compute = new CpuBackend(Engine.shared()).open(parallel);
    private final Weights random = new Weights(scope);

    /** A product of two square float32 matrices, as a dense weight meets the tokens of a prompt. */
    Work matrix(int size) {
        PreparedOperator weight = compute.prepare(new Dense(random.numbers(DataType.F32, size, size)));
        Tensor input = random.numbers(DataType.F32, size, size);
        Tensor output = scope.zeros(size, size);
        return () -> compute.apply(weight, input, output);
    }

    /** One token times weights of a form, over so many weights that none stays in a cache. */
    Work oneToken(String form, int size, long totalBytes) {
        List<PreparedOperator> weights = new ArrayList<>();
        long total = 0;
        while (total < totalBytes) {
            LinearOperator weight = random.of(form, size, size);
            total += weight.bytes();
            weights.add(compute.prepare(weight));
        }
        Tensor input = random.numbers(DataType.F32, 1, size);
        Tensor output = scope.zeros(1, size);
        return new Work() {
            private int next;

            @Override
            public void run() {
                compute.apply(weights.get(next++ % weights.size()), input, output);
            }
        };
    }

    /** Inputs times a block-sparse weight, or a dense one at sparsity 0. */
    Work sparse(int tokens, int size, double sparsity, int blockRows, int blockColumns) {
        PreparedOperator weight = compute.prepare(
                sparsity == 0
                        ? random.of("f32", size, size)
                        : random.blocks(size, blockRows, blockColumns, sparsity));
        Tensor input = random.numbers(DataType.F32, tokens, size);
        Tensor output = scope.zeros(tokens, size);
        return () -> compute.apply(weight, input, output);
    }

    /** Causal attention of a prompt of which one of some tiles is read. */
    Work attention(int heads, int kvHeads, int tokens, int width, int oneOf) {
        Tensor keys = random.numbers(DataType.F32, kvHeads, tokens, width);
        Tensor values = random.numbers(DataType.F32, kvHeads, tokens, width);
        AttentionCall call = new AttentionCall(layer(heads, kvHeads, width),
                random.numbers(DataType.F32, heads, tokens, width), IntStream.range(0, tokens).toArray(), KvView.EMPTY,
                keys, values, oneOf == 1 ? new AttentionPlan.Dense() : everyNth(tokens, oneOf), true, 0,
                Observation.NONE, scope.zeros(heads, tokens, width));
        return () -> compute.attention(call);
    }

    private static LayerInfo layer(int heads, int kvHeads, int width) {
        return new LayerInfo(0, 1, heads, kvHeads, width, width, 1 / Math.sqrt(width), Optional.empty(),
                Optional.empty());
    }

    /** The diagonal tile and every nth before it. */
    private static AttentionPlan everyNth(int tokens, int oneOf) {
        int blocks = tokens / TILE;
        int[] starts = new int[blocks + 1];
        IntStream.Builder ranges = IntStream.builder();
        for (int block = 0; block < blocks; block++) {
            for (int key = block; key >= 0; key -= oneOf) {
                ranges.add(key * TILE);
                starts[block + 1]++;
            }
            starts[block + 1] += starts[block];
        }
        return AttentionPlan.Tiles.of(TILE, TILE, starts, ranges.build().toArray());
    }

    /** Attention of one query over stored keys of a form. */
    Work decode(int heads, int kvHeads, int tokens, int width, String form) {
        KvView stored = random.stored(form, kvHeads, tokens, width);
        Tensor fresh = random.numbers(DataType.F32, kvHeads, 1, width);
        AttentionCall call = new AttentionCall(layer(heads, kvHeads, width),
                random.numbers(DataType.F32, heads, 1, width), new int[] {tokens}, stored, fresh, fresh,
                new AttentionPlan.Dense(), true, 0, Observation.NONE, scope.zeros(heads, 1, width));
        return () -> compute.attention(call);
    }

    /** A decomposition of a square matrix. */
    Work decomposition(String what, int size) {
        Tensor matrix = random.numbers(DataType.F32, size, size);
        return switch (what) {
            case "svd" -> () -> inChild(child -> Engine.shared().linearAlgebra().svd(matrix, child));
            case "cholesky" -> cholesky(matrix, size);
            default -> throw Work.unknown("Lathe", what);
        };
    }

    private Work cholesky(Tensor matrix, int size) {
        Tensor definite = definite(matrix, size);
        return () -> inChild(child -> Engine.shared().linearAlgebra().cholesky(definite, child));
    }

    private Tensor definite(Tensor matrix, int size) {
        Tensor definite = scope.zeros(size, size);
        long a = matrix.segment().address();
        new MatrixProduct(Engine.shared().gemm()).timesTransposed(false, size, size, size, a, size, a, size,
                definite.segment().address(), size);
        for (int i = 0; i < size; i++) {
            long at = definite.segment().address() + 4L * i * (size + 1);
            Memory.setFloat(at, Memory.getFloat(at) + 1);
        }
        return definite;
    }

    private void inChild(Consumer<Scope> body) {
        try (Scope child = scope.child()) {
            body.accept(child);
        }
    }
}
