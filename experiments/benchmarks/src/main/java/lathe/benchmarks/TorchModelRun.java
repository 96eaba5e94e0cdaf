package lathe.benchmarks;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.rms_norm;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.silu_;

import java.util.ArrayList;
import java.util.List;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

import lathe.engine.Engine;
import lathe.models.architecture.ModelFolder;
import lathe.models.architecture.TensorRole;
import lathe.models.transformer.ModelWeights;
import lathe.runtime.source.RandomModel;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;

/**
 * The model in libtorch, eagerly, operation after operation as a PyTorch program would call them; keys and values go into
 * caches that have room for the whole sequence.
 */
final class TorchModelRun implements ModelRun {
    private static final double EPSILON = 1e-5;
    private static final double ROTARY_BASE = 10_000;

    /** Weights and caches of one block. */
    private record Block(Tensor attentionNorm, Tensor query, Tensor key, Tensor value, Tensor output, Tensor ffnNorm,
            Tensor gate, Tensor up, Tensor down, Tensor keys, Tensor values) {}

    private final RandomModel.Sizes sizes;
    private final int headWidth;
    private final ScalarType type;
    private final List<Block> blocks = new ArrayList<>();
    private final Tensor embedding;
    private final Tensor finalNorm;
    private final Tensor cosines;
    private final Tensor sines;
    private int length;

    TorchModelRun(BenchmarkModel files, String form) {
        torch.set_num_threads(Engine.shared().parallel().threads());
        sizes = files.sizes();
        headWidth = sizes.hidden() / sizes.heads();
        type = switch (form) {
            case "f32" -> ScalarType.Float;
            case "bf16" -> ScalarType.BFloat16;
            default -> throw Work.unknown("libtorch", form);
        };
        try (Scope scope = Engine.shared().openScope(); ModelFolder folder = ModelFolder.open(files.folder())) {
            ModelWeights weights = ModelWeights.read(folder, scope);
            embedding = tensor(weights.embedding());
            finalNorm = vector(weights, -1, TensorRole.FINAL_NORM);
            for (int i = 0; i < sizes.layers(); i++) {
                blocks.add(block(weights, i));
            }
        }
        Tensor angles = angles();
        cosines = cat2(angles.cos(), angles.cos(), 1).to(type);
        sines = cat2(angles.sin(), angles.sin(), 1).to(type);
    }

    private Block block(ModelWeights weights, int i) {
        return new Block(vector(weights, i, TensorRole.ATTENTION_NORM), matrix(weights, i, Role.QUERY),
                matrix(weights, i, Role.KEY), matrix(weights, i, Role.VALUE), matrix(weights, i, Role.OUTPUT),
                vector(weights, i, TensorRole.FFN_NORM), matrix(weights, i, Role.GATE), matrix(weights, i, Role.UP),
                matrix(weights, i, Role.DOWN), cache(), cache());
    }

    private Tensor matrix(ModelWeights weights, int block, Role role) {
        Dense dense = (Dense) weights.find(block, role, Site.NO_EXPERT).orElseThrow();
        return tensor(dense.weight());
    }

    private Tensor vector(ModelWeights weights, int block, TensorRole role) {
        return tensor(weights.vector(ModelWeights.vectorName(block, role)).orElseThrow());
    }

    private Tensor tensor(lathe.spi.tensor.Tensor stored) {
        long[] shape = java.util.Arrays.stream(stored.shape().toArray()).asLongStream().toArray();
        ScalarType from = stored.type() == DataType.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        // A copy that libtorch owns, even if the type stays the same.
        return torch.from_blob(new BytePointer(stored.segment().asByteBuffer()), shape, new TensorOptions(from))
                .to(type).clone();
    }

    private Tensor cache() {
        return torch.zeros(1, sizes.kvHeads(), BenchmarkModel.POSITIONS, headWidth).to(type);
    }

    /** [positions, width of a head / 2] */
    private Tensor angles() {
        float[] angles = new float[BenchmarkModel.POSITIONS * headWidth / 2];
        for (int i = 0; i < angles.length; i++) {
            int pair = i % (headWidth / 2);
            angles[i] = (float) (i / (headWidth / 2) * Math.pow(ROTARY_BASE, -2.0 * pair / headWidth));
        }
        return Tensor.create(angles, new long[] {BenchmarkModel.POSITIONS, headWidth / 2});
    }

    @Override
    public int prefill(int[] tokens) {
        length = 0;
        return advance(tokens);
    }

    @Override
    public int next(int token) {
        return advance(new int[] {token});
    }

    private int advance(int[] tokens) {
        try (PointerScope pointers = new PointerScope(); NoGradGuard noGradients = new NoGradGuard()) {
            Tensor hidden = embedding(embedding, Tensor.create(tokens, new long[] {1, tokens.length}));
            for (Block block : blocks) {
                hidden = hidden.add(attention(block, norm(hidden, block.attentionNorm()), tokens.length));
                hidden = hidden.add(feedForward(block, norm(hidden, block.ffnNorm())));
            }
            length += tokens.length;
            Tensor last = norm(hidden.narrow(1, tokens.length - 1, 1), finalNorm);
            return (int) linear(last, embedding).argmax().item_long();
        }
    }

    private Tensor norm(Tensor hidden, Tensor gain) {
        return rms_norm(hidden, new long[] {sizes.hidden()}, new TensorOptional(gain), new DoubleOptional(EPSILON));
    }

    private Tensor feedForward(Block block, Tensor input) {
        return linear(silu_(linear(input, block.gate())).mul_(linear(input, block.up())), block.down());
    }

    private Tensor attention(Block block, Tensor input, int rows) {
        Tensor queries = rotated(heads(linear(input, block.query()), sizes.heads(), rows), rows);
        int end = length + rows;
        block.keys().narrow(2, length, rows)
                .copy_(rotated(heads(linear(input, block.key()), sizes.kvHeads(), rows), rows));
        block.values().narrow(2, length, rows).copy_(heads(linear(input, block.value()), sizes.kvHeads(), rows));
        Tensor mixed = scaled_dot_product_attention(queries, block.keys().narrow(2, 0, end),
                block.values().narrow(2, 0, end), new TensorOptional(), 0.0, rows > 1, new DoubleOptional(), true);
        return linear(mixed.transpose(1, 2).reshape(1, rows, sizes.hidden()), block.output());
    }

    private Tensor heads(Tensor rows, int heads, int count) {
        return rows.view(1, count, heads, headWidth).transpose(1, 2);
    }

    /** Rotates the halves of every head into each other (arXiv:2104.09864). */
    private Tensor rotated(Tensor heads, int rows) {
        int half = headWidth / 2;
        Tensor turned = cat2(heads.narrow(3, half, half).neg(), heads.narrow(3, 0, half), 3);
        return heads.mul(cosines.narrow(0, length, rows)).add_(turned.mul_(sines.narrow(0, length, rows)));
    }

    private static Tensor cat2(Tensor first, Tensor second, int dimension) {
        return cat(new org.bytedeco.pytorch.TensorVector(first, second), dimension);
    }

    @Override
    public void close() {
        blocks.clear();
    }
}
