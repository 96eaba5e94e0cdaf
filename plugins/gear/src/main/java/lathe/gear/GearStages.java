package lathe.gear;

import lathe.gear.CompressedBlock.Side;
import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Parts of GEAR on given tensors. */
final class GearStages {
    private GearStages() {}

    /** One block x [heads, n, d] of keys or values, the power iteration begun at p0. */
    static void quantize(GearConfig config, StageScene scene, Services services) {
        Side side = "K".equals(scene.parameters().word("tensor")) ? Side.KEYS : Side.VALUES;
        Tensor exact = scene.input("x");
        Scope scope = scene.scope();
        CompressedBlock block = CompressedBlock.of(config, side, exact, config.prefillRank(),
                rank -> scene.input("p0").slice(2, 0, rank).copy(), scope);
        LowRank none = LowRank.none(exact.size(0), exact.size(1), exact.size(2), scope);
        Tensor backbone = new CompressedBlock(block.layout(), block.packed(), block.outliers(), none).dense(scope);
        Tensor whole = block.dense(scope);
        scene.note("outlier", mask(block.outliers(), scope));
        scene.note("codes", codes(block, scope));
        scene.note("scale", grids(block, false, scope));
        scene.note("min", grids(block, true, scope));
        scene.note("backbone", backbone);
        scene.note("reconstructed", whole);
        Tensor plain = CompressedBlock.of(plain(config), side, exact, 0,
                rank -> scope.zeros(exact.size(0), exact.size(2), 0), scope).dense(scope);
        scene.note("errors", scope.of(
                new float[] {relative(exact, plain), relative(exact, backbone), relative(exact, whole)}, 3));
        scene.note("bytes", scope.of(bytes(config, block), 4));
    }

    private static GearConfig plain(GearConfig config) {
        return new GearConfig(config.bits(), config.group(), 0, 0, 0, config.block(), config.loop(),
                config.vGroupScope(), config.scaleType());
    }

    private static float relative(Tensor exact, Tensor other) {
        return (float) Math.sqrt(other.subtract(exact).square().sum() / exact.square().sum());
    }

    private static Tensor mask(Outliers outliers, Scope scope) {
        Layout layout = outliers.layout();
        Tensor mask = scope.zeros(layout.heads(), layout.tokens(), layout.width());
        for (int head = 0; head < layout.heads(); head++) {
            Tensor rows = mask.row(head);
            outliers.forEach(head, 0, layout.tokens(), (token, channel, value) -> rows.set(1, token, channel));
        }
        return mask;
    }

    private static Tensor codes(CompressedBlock block, Scope scope) {
        Layout layout = block.layout();
        float[] codes = new float[layout.elements()];
        int[] vector = new int[layout.length()];
        for (int v = 0; v < layout.vectors(); v++) {
            block.packed().codes(v, vector);
            for (int i = 0; i < vector.length; i++) {
                codes[layout.index(v, i)] = vector[i];
            }
        }
        return scope.of(codes, layout.heads(), layout.tokens(), layout.width());
    }

    /** Keys: [heads, groups, width]. Values: [tokens, groups of all heads]. */
    private static Tensor grids(CompressedBlock block, boolean minima, Scope scope) {
        Layout layout = block.layout();
        Tensor grids = (minima ? block.packed().minima() : block.packed().scales()).in(scope).to(DataType.F32);
        return switch (layout.form()) {
            case CHANNELS -> grids.reshape(layout.heads(), layout.tokens() / layout.piece(), layout.width());
            case TOKENS -> grids;
            case HEADS_OF_TOKENS -> grids.reshape(layout.heads(), layout.tokens(), grids.size(1)).transpose(0, 1).copy()
                    .reshape(layout.tokens(), layout.heads() * grids.size(1));
        };
    }

    /** Codes, grids, outliers and factors, with 16 bits for everything but codes. */
    private static int[] bytes(GearConfig config, CompressedBlock block) {
        Layout layout = block.layout();
        int groups = layout.vectors() * (layout.length() / config.groupOf(layout.length()));
        int outliers = block.outliers().count();
        int factors = layout.heads() * (layout.tokens() + layout.width()) * block.lowRank().rank();
        return new int[] {
            layout.elements() * config.bits() / Byte.SIZE, groups * 4, outliers * 4, factors * Short.BYTES
        };
    }

    /** The low-rank form of an error e [heads, n, d], begun at p0 [heads, d, r]. */
    static void lowRank(GearConfig config, StageScene scene, Services services) {
        Scope scope = scene.scope();
        Tensor error = scene.input("e");
        int rank = scene.parameters().whole("r");
        LowRank factors = LowRank.of(error.copy().toFloats(), error.size(1),
                scene.input("p0").slice(2, 0, rank).copy(), config.loop(), DataType.F32, scope);
        Tensor product = scope.zeros(error.shape().toArray());
        Tensor residual = scope.zeros(error.size(0));
        Tensor optimum = scope.zeros(error.size(0));
        for (int head = 0; head < error.size(0); head++) {
            product.row(head).assign(factors.q().row(head).in(scope).to(DataType.F32).transpose()
                    .matmul(factors.p().row(head).in(scope).to(DataType.F32)));
            residual.set(relative(error.row(head).copy(), product.row(head).copy()), head);
            float[] singular = services.linearAlgebra().svd(error.row(head).copy(), scope).values().toFloats();
            optimum.set(tail(singular, rank), head);
        }
        scene.note("l", product);
        scene.note("residual", residual);
        scene.note("optimum", optimum);
    }

    /** What the best approximation leaves, relative to the whole. */
    private static float tail(float[] singular, int rank) {
        double all = 0;
        double left = 0;
        for (int i = 0; i < singular.length; i++) {
            all += (double) singular[i] * singular[i];
            left += i < rank ? 0 : (double) singular[i] * singular[i];
        }
        return (float) Math.sqrt(left / all);
    }
}
