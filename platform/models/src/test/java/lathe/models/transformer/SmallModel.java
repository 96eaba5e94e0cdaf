package lathe.models.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.Activation;
import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.Attention;
import lathe.models.architecture.Block;
import lathe.models.architecture.FeedForward;
import lathe.models.architecture.Norm;
import lathe.models.architecture.Rope;
import lathe.models.architecture.Routing;
import lathe.models.architecture.TensorRole;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A random model made in memory: Llama-like, or with experts; 4 query and 2 key/value heads of 8, width 32. */
public final class SmallModel implements AutoCloseable {
    public static final int VOCABULARY = 50;
    public static final int HIDDEN = 32;
    public static final int HEADS = 4;
    public static final int KV_HEADS = 2;
    public static final int HEAD_DIM = 8;
    public static final int WIDTH = 48;

    private final Scope scope = Engine.shared().openScope();
    private final Random random;
    private final Transformer transformer;

    private SmallModel(int blocks, int experts, long seed, Rope.Scaling scaling, boolean renewsCache) {
        random = new Random(seed);
        Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
        transformer = Transformer.of("small", config(blocks, experts, scaling, renewsCache), weights(blocks, experts),
                compute, scope);
    }

    public static SmallModel dense(int blocks, long seed) {
        return new SmallModel(blocks, 0, seed, new Rope.Scaling.None(), false);
    }

    /** Dense, with rotary positions that are stretched; with LongRoPE the cache may be filled anew. */
    public static SmallModel stretched(Rope.Scaling scaling, boolean renewsCache, long seed) {
        return new SmallModel(2, 0, seed, scaling, renewsCache);
    }

    public static SmallModel withExperts(int blocks, int experts, long seed) {
        return new SmallModel(blocks, experts, seed, new Rope.Scaling.None(), false);
    }

    public Transformer transformer() {
        return transformer;
    }

    public Scope scope() {
        return scope;
    }

    public RunnableModel runnable(ServingPlan plan) {
        return new RunnableModel(transformer, plan, scope);
    }

    /** Random tokens, always the same for the same length. */
    public int[] tokens(int length) {
        return new Random(length).ints(length, 0, VOCABULARY).toArray();
    }

    public Tensor matrix(int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * 0.25);
        }
        return scope.of(values, rows, columns);
    }

    private static ArchitectureConfig config(int count, int experts, Rope.Scaling scaling,
            boolean renewsCache) {
        Norm norm = new Norm(Norm.Kind.RMS, 1e-5, 0);
        Rope rope = new Rope(Rope.Pairing.HALF, HEAD_DIM, 10_000, scaling);
        Attention attention = new Attention(HEADS, KV_HEADS, HEAD_DIM, HEAD_DIM, 1 / Math.sqrt(HEAD_DIM),
                OptionalInt.empty(), OptionalDouble.empty(), OptionalDouble.empty(), Attention.QkNorm.NONE,
                Optional.of(rope), Optional.empty());
        FeedForward feedForward = experts == 0
                ? new FeedForward.Dense(WIDTH, Activation.SILU, true)
                : new FeedForward.Experts(experts, WIDTH, Activation.SILU, new Routing(Routing.Scores.SOFTMAX, 2, true,
                        1, 1, 1, Routing.GroupScore.BEST, false), 0, false);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(new Block(i, norm, Block.Placement.PRE, false, 1, attention, feedForward));
        }
        return new ArchitectureConfig("small", VOCABULARY, HIDDEN, 512, false, 1, blocks, norm, true, 1,
                OptionalDouble.empty(), renewsCache);
    }

    private ModelWeights weights(int blocks, int experts) {
        ModelWeights weights = ModelWeights.of(matrix(VOCABULARY, HIDDEN))
                .withVector(ModelWeights.vectorName(-1, TensorRole.FINAL_NORM), gain());
        for (int block = 0; block < blocks; block++) {
            weights = weights.withVector(ModelWeights.vectorName(block, TensorRole.ATTENTION_NORM), gain())
                    .withVector(ModelWeights.vectorName(block, TensorRole.FFN_NORM), gain());
            weights = with(weights, block, Role.QUERY, Site.NO_EXPERT, HEADS * HEAD_DIM, HIDDEN);
            weights = with(weights, block, Role.KEY, Site.NO_EXPERT, KV_HEADS * HEAD_DIM, HIDDEN);
            weights = with(weights, block, Role.VALUE, Site.NO_EXPERT, KV_HEADS * HEAD_DIM, HIDDEN);
            weights = with(weights, block, Role.OUTPUT, Site.NO_EXPERT, HIDDEN, HEADS * HEAD_DIM);
            weights = experts == 0 ? network(weights, block, Site.NO_EXPERT)
                    : with(weights, block, Role.ROUTER, Site.NO_EXPERT, experts, HIDDEN);
            for (int expert = 0; expert < experts; expert++) {
                weights = network(weights, block, expert);
            }
        }
        return weights;
    }

    private ModelWeights network(ModelWeights weights, int block, int expert) {
        ModelWeights more = with(weights, block, Role.GATE, expert, WIDTH, HIDDEN);
        more = with(more, block, Role.UP, expert, WIDTH, HIDDEN);
        return with(more, block, Role.DOWN, expert, HIDDEN, WIDTH);
    }

    private ModelWeights with(ModelWeights weights, int block, Role role, int expert, int out, int in) {
        return weights.with(new Site(block, role, expert, out, in), new Dense(matrix(out, in)));
    }

    private Tensor gain() {
        return matrix(1, HIDDEN).reshape(HIDDEN).add(1);
    }

    @Override
    public void close() {
        transformer.close();
        scope.close();
    }
}
