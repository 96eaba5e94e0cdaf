package lathe.lora;

import java.util.Map;

import lathe.spi.autograd.Variable;
import lathe.spi.model.Site;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.tuner.TunedInput;
import lathe.spi.tuner.Tuner;

/**
 * LoRA (arXiv:2106.09685): y = x W^T + s (x A^T) B^T with s = alpha / r, or alpha / sqrt(r) (rsLoRA, arXiv:2312.03732).
 *
 * <p>A rank above a side of the weight is lowered to it, which the shape of A shows; nobody is told of it yet.
 */
final class LoraTuner implements Tuner {
    static final String A = "A";
    static final String B = "B";

    private final LoraConfig config;
    private final boolean rankStabilised;

    LoraTuner(LoraConfig config, boolean rankStabilised) {
        this.config = config;
        this.rankStabilised = rankStabilised;
    }

    @Override
    public Map<String, Tensor> start(Site site, Tensor weight, RandomStream random, Scope scope) {
        int in = weight.size(1);
        int rank = Math.min(config.r(), Math.min(weight.size(0), in));
        float[] a = new float[rank * in];
        for (int i = 0; i < a.length; i++) {
            a[i] = (float) (config.init() == LoraConfig.Init.GAUSSIAN ? random.normal(i) / rank
                    : (2 * random.uniform(i) - 1) / Math.sqrt(in));
        }
        return Map.of(A, scope.of(a, rank, in), B, scope.zeros(weight.size(0), rank));
    }

    @Override
    public Variable apply(TunedInput input, Tensor weight, Map<String, Variable> parameters) {
        return base(input.x(), weight).add(product(input.dropped(), parameters));
    }

    static Variable base(Variable x, Tensor weight) {
        return x.matmulTransposed(x.tape().constant(weight));
    }

    /** s (x A^T) B^T. */
    Variable product(Variable x, Map<String, Variable> parameters) {
        Variable a = parameters.get(A);
        return x.matmulTransposed(a).matmulTransposed(parameters.get(B)).multiply(scale(a.value().size(0)));
    }

    double scale(int rank) {
        return config.alpha() / (rankStabilised ? Math.sqrt(rank) : rank);
    }

    @Override
    public Tensor merge(Tensor weight, Map<String, Tensor> parameters) {
        Tensor a = parameters.get(A);
        return weight.add(parameters.get(B).in(weight.scope()).matmul(a).multiply(scale(a.size(0))));
    }

    @Override
    public double dropout() {
        return config.dropout();
    }
}
