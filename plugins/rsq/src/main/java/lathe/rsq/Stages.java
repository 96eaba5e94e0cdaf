package lathe.rsq;

import java.util.List;

import lathe.spi.LatheException;
import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.TokenWeighting;

/** Parts of RSQ that reference outputs look at one by one. */
final class Stages {
    private static final int CHUNKS = 4;
    private static final List<Integer> CHOSEN = List.of(0, 2);

    private Stages() {}

    /** All strategies on one sequence; chunks 0 and 2 of 4 where the case does not say which. */
    static void tokenWeights(RsqConfig config, StageScene scene, Services services) {
        Tensor x = scene.input("x");
        Tensor sums = scene.scope().zeros(scene.input("attention").size(0), x.size(0));
        for (int head = 0; head < sums.size(0); head++) {
            sums.row(head).assign(scene.input("attention").row(head).in(scene.scope()).sum(0));
        }
        float[] counts = scene.input("token_count").toFloats();
        double[] count = new double[counts.length];
        for (int j = 0; j < count.length; j++) {
            count[j] = counts[j];
        }
        Tensor attention = note(config, scene, "attncon", Importance.attention(sums));
        note(config, scene, "actnorm", Importance.norm(x));
        note(config, scene, "actdiff", Importance.change(x, scene.input("y")));
        note(config, scene, "tokensim", Importance.distance(x));
        note(config, scene, "tokenfreq", Importance.rarity(count));
        scene.note("normalised_attncon", TokenWeighting.normalised(attention));
        boolean given = scene.parameters().has("chunks");
        double[] chunks = Importance.chunks(x.size(0), given ? config.chunks() : CHUNKS,
                given ? config.chosenChunks() : CHOSEN);
        scene.note("weight_chunk", scene.scope().of(Importance.floats(chunks), chunks.length));
    }

    private static Tensor note(RsqConfig config, StageScene scene, String strategy, double[] raw) {
        double[] scaled = Importance.inRange(raw, config.rMin(), config.rMax());
        Tensor weights = scene.scope().of(Importance.floats(scaled), scaled.length);
        scene.note("weight_" + strategy, weights);
        return weights;
    }

    /**
     * Steps 1 to 3 on one block with given signs; the matrix of an order that is no power of two is given, too. The residual
     * rotation is what the authors' code makes: it transforms the rows of diag(s), so that Q is diag(s) H^T / sqrt(d), which
     * is the card's diag(s) H / sqrt(d) where H is symmetric.
     */
    static void rotateBlock(RsqConfig config, StageScene scene, Services services) {
        float[] signs = scene.input("sign").toFloats();
        int heads = scene.parameters().whole("heads");
        int kvHeads = scene.parameters().whole("kvHeads");
        int width = scene.input("v").size(0) / kvHeads;
        Turn residual = Turn.signed(signs, whole(scene, signs.length));
        for (String name : List.of("q", "k", "v")) {
            Tensor weight = fused(scene, name, "input_norm");
            residual.rows(weight);
            scene.note(name, name.equals("v") ? Turn.hadamard(width, 1).columns(weight) : weight);
        }
        for (String name : List.of("gate", "up")) {
            Tensor weight = fused(scene, name, "post_norm");
            residual.rows(weight);
            scene.note(name, weight);
        }
        Tensor output = scene.input("o").in(scene.scope()).copy();
        whole(scene, heads * width).rows(output);
        scene.note("o", residual.columns(output));
        Tensor down = scene.input("down").in(scene.scope()).copy();
        whole(scene, down.size(1)).rows(down);
        scene.note("down", residual.columns(down));
        Tensor identity = scene.scope().zeros(signs.length, signs.length);
        for (int i = 0; i < signs.length; i++) {
            identity.set(1, i, i);
        }
        residual.rows(identity);
        scene.note("rotation", identity.to(DataType.F32));
    }

    private static Tensor fused(StageScene scene, String name, String norm) {
        return scene.input(name).in(scene.scope()).scaleColumns(scene.input(norm));
    }

    /**
     * H_n / sqrt(n), for orders that are no power of two as the Kronecker product of the given H_K, which need not be
     * symmetric, with Sylvester's.
     */
    private static Turn whole(StageScene scene, int order) {
        if (Turn.powerOfTwo(order) == order) {
            return Turn.hadamard(order, 1);
        }
        Tensor given = scene.input("hadamard_k");
        int k = given.size(0);
        if (order % k != 0 || Turn.powerOfTwo(order / k) != order / k) {
            throw new LatheException(
                    "There is no Hadamard matrix of order " + order + " made of the given one of order "
                            + k + ": it would have to be " + k + " times a power of two.");
        }
        int rest = order / k;
        double[][] matrix = new double[order][order];
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                int sign = Integer.bitCount(i % rest & j % rest) % 2 == 0 ? 1 : -1;
                matrix[i][j] = sign * given.get(i / rest, j / rest) / Math.sqrt(order);
            }
        }
        return Turn.matrix(matrix);
    }
}
