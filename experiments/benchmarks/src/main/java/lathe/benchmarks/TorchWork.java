package lathe.benchmarks;

import java.util.ArrayList;
import java.util.List;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The same shapes by libtorch on the processor, and by OpenBLAS called from C, each with threads of its own. */
final class TorchWork {
    private TorchWork() {}

    /** A product of two square float32 matrices. */
    static Work matrix(int size) {
        Tensor left = torch.randn(size, size);
        Tensor right = torch.randn(size, size);
        Tensor product = torch.empty(size, size);
        return () -> torch.mm_out(product, left, right).close();
    }

    /** A product of two square float32 matrices, by cblas_sgemm. */
    static Work openBlas(int size) {
        FloatPointer left = random(size);
        FloatPointer right = random(size);
        FloatPointer product = random(size);
        return () -> {
            // Beside Lathe, which tells the library that both share to use one thread.
            int before = openblas_full.openblas_get_num_threads();
            openblas_full.openblas_set_num_threads(Runtime.getRuntime().availableProcessors());
            openblas_full.cblas_sgemm(101, 111, 111, size, size, size, 1, left, size, right, size, 0, product, size);
            openblas_full.openblas_set_num_threads(before);
        };
    }

    private static FloatPointer random(int size) {
        FloatPointer numbers = new FloatPointer((long) size * size);
        for (long i = 0; i < (long) size * size; i++) {
            numbers.put(i, (i * 0x9E3779B9L >>> 8 & 0xffff) / 65536f - 0.5f);
        }
        return numbers;
    }

    /** One token times weights of a type, over so many weights that none stays in a cache. */
    static Work oneToken(String form, int size, long totalBytes) {
        torch.ScalarType type = switch (form) {
            case "f32" -> torch.ScalarType.Float;
            case "bf16" -> torch.ScalarType.BFloat16;
            case "f16" -> torch.ScalarType.Half;
            default -> throw Work.unknown("libtorch", form);
        };
        List<Tensor> weights = new ArrayList<>();
        for (long bytes = 0; bytes < totalBytes; bytes += (long) size * size * (form.equals("f32") ? 4 : 2)) {
            weights.add(torch.randn(size, size).to(type));
        }
        Tensor input = torch.randn(1, size).to(type);
        return new Work() {
            private int next;

            @Override
            public void run() {
                torch.linear(input, weights.get(next++ % weights.size())).close();
            }
        };
    }

    /** Inputs times a weight in libtorch's compressed rows, or dense at sparsity 0. */
    static Work sparse(int tokens, int size, double sparsity) {
        Tensor input = torch.randn(tokens, size);
        Tensor dense = torch.randn(size, size);
        if (sparsity == 0) {
            return () -> torch.linear(input, dense).close();
        }
        Tensor keep = torch.rand(size, size).gt(new org.bytedeco.pytorch.Scalar(sparsity));
        Tensor weight = dense.mul(keep).to_sparse_csr();
        Tensor transposed = input.t().contiguous();
        return () -> torch.matmul(weight, transposed).close();
    }

    /** Causal attention of a prompt; keys and values of shared heads repeated beforehand. */
    static Work attention(int heads, int tokens, int width) {
        Tensor queries = torch.randn(1, heads, tokens, width);
        Tensor keys = torch.randn(1, heads, tokens, width);
        Tensor values = torch.randn(1, heads, tokens, width);
        return () -> attend(queries, keys, values, true);
    }

    /** Attention of one query over stored keys. */
    static Work decode(int heads, int tokens, int width) {
        Tensor query = torch.randn(1, heads, 1, width);
        Tensor keys = torch.randn(1, heads, tokens, width);
        Tensor values = torch.randn(1, heads, tokens, width);
        return () -> attend(query, keys, values, false);
    }

    private static void attend(Tensor queries, Tensor keys, Tensor values, boolean causal) {
        torch.scaled_dot_product_attention(queries, keys, values, new TensorOptional(), 0.0, causal,
                new DoubleOptional(), false).close();
    }

    /** A decomposition of a square matrix. */
    static Work decomposition(String what, int size) {
        Tensor matrix = torch.randn(size, size);
        return switch (what) {
            case "svd" -> () -> close(torch.linalg_svd(matrix));
            case "cholesky" -> cholesky(matrix, size);
            default -> throw Work.unknown("libtorch", what);
        };
    }

    private static Work cholesky(Tensor matrix, int size) {
        Tensor definite = torch.mm(matrix, matrix.t()).add(torch.eye(size));
        return () -> torch.linalg_cholesky(definite).close();
    }

    private static void close(T_TensorTensorTensor_T parts) {
        for (Pointer part : List.of(parts.get0(), parts.get1(), parts.get2(), parts)) {
            part.close();
        }
    }
}
