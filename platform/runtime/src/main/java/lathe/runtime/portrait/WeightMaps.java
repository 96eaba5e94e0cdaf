package lathe.runtime.portrait;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import lathe.models.transformer.ModelWeights;
import lathe.report.HeatMap;
import lathe.spi.model.Site;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Masked;
import lathe.spi.operator.NmSparse;

/** Sparsity and bits of every weight of a model, as it is stored: a row a block, a column a role; experts in the mean. */
final class WeightMaps {
    /** Of dense weights only so many rows are looked at for zeros. */
    private static final int MOST_ROWS = 1024;

    /** Some weights of a dense model are zero by chance. */
    private static final double CHANCE = 1e-3;

    private final ModelWeights weights;
    private final int blocks;
    private final String node;

    /**
     * @param weights the model's
     * @param blocks  how many blocks it has
     * @param node    whose maps they are
     */
    WeightMaps(ModelWeights weights, int blocks, String node) {
        this.weights = weights;
        this.blocks = blocks;
        this.node = node;
    }

    /** The maps that show anything: sparsity where there is some, bits where a weight is not stored plainly. */
    List<HeatMap> maps() {
        List<HeatMap> maps = new ArrayList<>();
        List<LinearOperator> all = new ArrayList<>();
        for (int block = 0; block < blocks; block++) {
            sites(block).forEach(site -> all.add(weights.operator(site)));
        }
        if (all.stream().anyMatch(operator -> sparsity(operator) > CHANCE)) {
            maps.add(map("Weights removed", "", WeightMaps::sparsity));
        }
        if (all.stream().anyMatch(operator -> !(operator instanceof Dense))) {
            maps.add(map("Bits a weight", "bits", WeightMaps::bits));
        }
        return maps;
    }

    private List<Site> sites(int block) {
        return weights.sites(block).stream().filter(site -> site.role().isCompressible()).toList();
    }

    private HeatMap map(String title, String unit, ToDoubleFunction<LinearOperator> value) {
        Map<String, double[][]> columns = new LinkedHashMap<>();
        for (int block = 0; block < blocks; block++) {
            for (Site site : sites(block)) {
                double[] sum = columns.computeIfAbsent(site.role().label(), role -> new double[blocks][2])[block];
                sum[0] += value.applyAsDouble(weights.operator(site));
                sum[1]++;
            }
        }
        List<List<Double>> rows = new ArrayList<>();
        for (int block = 0; block < blocks; block++) {
            int row = block;
            rows.add(columns.values().stream().map(column -> column[row][0] / column[row][1]).toList());
        }
        return new HeatMap(title, node, unit, "block", "weight", List.copyOf(columns.keySet()), rows);
    }

    private static double bits(LinearOperator operator) {
        return 8.0 * operator.bytes() / ((double) operator.outFeatures() * operator.inFeatures());
    }

    static double sparsity(LinearOperator operator) {
        return switch (operator) {
            case NmSparse sparse -> 1 - (double) sparse.kept() / sparse.group();
            case BitmaskSparse sparse -> 1 - kept(sparse) / ((double) sparse.outFeatures() * sparse.inFeatures());
            case Masked masked -> masked.mask().sparsity();
            case Dense dense -> zeros(dense);
            default -> 0;
        };
    }

    private static double kept(BitmaskSparse sparse) {
        long kept = 0;
        for (int i = 0; i < sparse.outFeatures(); i++) {
            MemorySegment row = sparse.bitmap().row(i).segment();
            for (int j = 0; j < sparse.inFeatures(); j += Byte.SIZE) {
                int bits = row.get(ValueLayout.JAVA_BYTE, j >>> 3) & 0xFF;
                int valid = Math.min(Byte.SIZE, sparse.inFeatures() - j);
                kept += Integer.bitCount(bits & (1 << valid) - 1);
            }
        }
        return kept;
    }

    private static double zeros(Dense dense) {
        int step = Math.max(1, dense.outFeatures() / MOST_ROWS);
        float[] row = new float[dense.inFeatures()];
        long zeros = 0;
        long count = 0;
        for (int i = 0; i < dense.outFeatures(); i += step) {
            dense.weight().copyRow(i, row);
            for (float number : row) {
                zeros += number == 0 ? 1 : 0;
            }
            count += row.length;
        }
        return count == 0 ? 0 : (double) zeros / count;
    }
}
