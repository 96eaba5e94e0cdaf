package lathe.engine.kernels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.BlockSparse;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Custom;
import lathe.spi.operator.Dense;
import lathe.spi.operator.DictionarySparse;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.LowRank;
import lathe.spi.operator.Masked;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Rotation;
import lathe.spi.operator.SmallFloat;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TilePacking;
import lathe.spi.operator.TileQuantized;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Random weights of every stored form, each with its dense matrix in float64 by the definition of the form. */
final class RandomOperators {
    private final Random random;
    private final Scope scope;

    RandomOperators(long seed, Scope scope) {
        this.random = new Random(seed);
        this.scope = scope;
    }

    record Case(String name, LinearOperator operator, double[][] matrix) {
        @Override
        public String toString() {
            return name + " [" + operator.outFeatures() + ", " + operator.inFeatures() + "]";
        }
    }

    /** One case of each form and variant. */
    List<Case> all(int out, int in) {
        List<Case> cases = new ArrayList<>();
        for (DataType type : List.of(DataType.F32, DataType.BF16, DataType.F16, DataType.F8_E4M3, DataType.F64)) {
            cases.add(dense(out, in, type));
        }
        for (int bits = 1; bits <= 8; bits++) {
            for (int group : new int[] {16, 32, 64, 128, 256, 20, in}) {
                cases.add(quantized(out, in, bits, group, random.nextInt(3), DataType.F16, false));
            }
            cases.add(quantized(out, in, bits, 32, 1, DataType.F32, true));
            cases.add(quantized(out, in, bits, 64, 0, DataType.BF16, false));
            cases.add(codebook(out, in, bits, bits % 4));
        }
        cases.add(smallFloat(out, in, SmallFloat.E2M1, 32));
        cases.add(smallFloat(out, in, SmallFloat.E2M1, 16));
        cases.add(smallFloat(out, in, SmallFloat.E4M3, in));
        cases.add(smallFloat(out, in, SmallFloat.E4M3, 128));
        for (double density : new double[] {0, 0.1, 0.5, 0.95, 1}) {
            cases.add(bitmask(out, in, density, DataType.BF16, 0, 0));
            cases.add(bitmask(out, in, density, DataType.F32, 0, 0));
            for (int bits : new int[] {2, 3, 4, 8}) {
                cases.add(bitmask(out, in, density, null, bits, 32));
            }
            cases.add(bitmask(out, in, density, null, 4, 8));
            cases.add(csr(out, in, density));
        }
        for (int group : new int[] {4, 8, 16}) {
            int columns = (in + group - 1) / group * group;
            cases.add(nm(out, columns, group / 2, group, DataType.BF16, 0));
            cases.add(nm(out, columns, group / 2, group, DataType.F16, 0));
            cases.add(nm(out, columns, 1, group, DataType.F32, 0));
            cases.add(nm(out, columns, group / 2, group, null, 4));
            cases.add(nm(out, columns, group / 2, group, null, 3));
        }
        for (int[] block : new int[][] {{1, 4}, {1, 16}, {4, 4}, {8, 8}, {16, 16}, {3, 5}}) {
            int rows = (out + block[0] - 1) / block[0] * block[0];
            int columns = (in + block[1] - 1) / block[1] * block[1];
            cases.add(block(rows, columns, block[0], block[1], 0.3, block[0] == 8 ? DataType.BF16 : DataType.F32));
        }
        cases.add(lowRank(out, in, 5));
        cases.add(dictionary(out, in, 12));
        cases.add(hadamard(out, in));
        cases.add(rotated(out, in));
        cases.add(masked(out, in));
        Case base = quantized(out, in, 3, 64, 1, DataType.F16, false);
        Case outliers = csr(out, in, 0.02);
        cases.add(new Case("sum", Sum.of(base.operator, outliers.operator), add(base.matrix, outliers.matrix)));
        cases.add(custom(out, in));
        for (int bits = 1; bits <= 8; bits++) {
            cases.add(tiled(out, in, bits, 16, 3, 16, true));
            cases.add(bits % 2 == 0
                    ? tiled(out, in, bits, 48, 1 + bits % 8, 5, false)
                    : tiled(out, in, bits, in, 0, 1, bits == 3));
        }
        cases.add(tiled(out, in, 3, 20, 8, 64, true));
        Case tiles = tiled(out, in, 3, 16, 3, 16, true);
        cases.add(new Case("tiles and outliers", Sum.of(tiles.operator, outliers.operator),
                add(tiles.matrix, outliers.matrix)));
        return cases;
    }

    /** Codes in tiles; numbers of groups in codes of some bits with runs of rows, or as they are with 0 bits. */
    Case tiled(int out, int in, int bits, int group, int statisticBits, int run, boolean shuffled) {
        int slots = TileQuantized.slots(in, group);
        int groups = (in + group - 1) / group;
        Tensor codes = scope.zeros(DataType.U8, (int) TilePacking.bytes(out, slots, bits));
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                TilePacking.set(codes.segment(), out, slots, bits, i, TileQuantized.slot(in, group, j),
                        random.nextInt(1 << bits));
            }
        }
        List<Integer> places = new ArrayList<>(java.util.stream.IntStream.range(0, in).boxed().toList());
        if (shuffled) {
            java.util.Collections.shuffle(places, random);
        }
        float[] order = new float[in];
        for (int j = 0; j < in; j++) {
            order[j] = places.get(j);
        }
        TileQuantized operator = new TileQuantized(out, in, bits, group, codes,
                statistic(out, groups, statisticBits, run), statistic(out, groups, statisticBits, run),
                shuffled ? Optional.of(scope.of(order, in).to(DataType.U16)) : Optional.empty());
        double[][] matrix = new double[out][in];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                int g = j / group;
                matrix[i][places.get(j)] = (double) operator.scales().get(i, g)
                        * (operator.code(i, j) - operator.zeros().get(i, g));
            }
        }
        return new Case("tiled " + bits + " bits, groups of " + group, operator, matrix);
    }

    private GroupStatistic statistic(int out, int groups, int bits, int run) {
        if (bits == 0) {
            return new GroupStatistic.Plain(numbers(DataType.F16, out, groups));
        }
        int runs = (out + run - 1) / run;
        Tensor codes = scope.zeros(DataType.U8, (int) TilePacking.bytes(out, groups, bits));
        for (int i = 0; i < out; i++) {
            for (int g = 0; g < groups; g++) {
                TilePacking.set(codes.segment(), out, groups, bits, i, g, random.nextInt(1 << bits));
            }
        }
        return new GroupStatistic.Coded(out, groups, bits, run, codes, numbers(DataType.F16, runs, groups),
                numbers(DataType.F32, runs, groups));
    }

    private double next() {
        return (float) random.nextGaussian();
    }

    /** Random numbers rounded to a type, and what they are then. */
    private Tensor numbers(DataType type, int... sizes) {
        long count = 1;
        for (int size : sizes) {
            count *= size;
        }
        float[] values = new float[(int) count];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) next();
        }
        return scope.of(values, sizes).to(type);
    }

    private static double[][] matrix(Tensor tensor) {
        double[][] matrix = new double[tensor.size(0)][tensor.size(1)];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[i].length; j++) {
                matrix[i][j] = tensor.get(i, j);
            }
        }
        return matrix;
    }

    private static double[][] add(double[][] left, double[][] right) {
        double[][] sum = new double[left.length][];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = left[i].clone();
            for (int j = 0; j < sum[i].length; j++) {
                sum[i][j] += right[i][j];
            }
        }
        return sum;
    }

    private static double[][] times(double[][] left, double[][] right) {
        double[][] product = new double[left.length][right[0].length];
        for (int i = 0; i < left.length; i++) {
            for (int k = 0; k < right.length; k++) {
                for (int j = 0; j < product[i].length; j++) {
                    product[i][j] += left[i][k] * right[k][j];
                }
            }
        }
        return product;
    }

    Case dense(int out, int in, DataType type) {
        Tensor weight = numbers(type, out, in);
        return new Case("dense " + type, new Dense(weight), matrix(weight));
    }

    private int[][] codes(int rows, int columns, int bits) {
        int[][] codes = new int[rows][columns];
        for (int[] row : codes) {
            Arrays.setAll(row, i -> random.nextInt(1 << bits));
        }
        return codes;
    }

    private Tensor pack(int[][] codes, int bits) {
        Tensor packed = scope.zeros(DataType.U8, codes.length, BitPacking.rowBytes(codes[0].length, bits));
        for (int i = 0; i < codes.length; i++) {
            BitPacking.packRow(codes[i], codes[i].length, bits, packed.row(i).segment(), 0);
        }
        return packed;
    }

    private record Zeros(ZeroPoints points, double[][] values) {}

    private Zeros zeros(int out, int groups, int bits, int kind) {
        double[][] values = new double[out][groups];
        switch (kind) {
            case 0 -> {
                for (double[] row : values) {
                    Arrays.fill(row, 1 << bits - 1);
                }
                return new Zeros(new ZeroPoints.Constant(1 << bits - 1), values);
            }
            case 1 -> {
                int[][] codes = codes(out, groups, bits);
                for (int i = 0; i < out; i++) {
                    for (int g = 0; g < groups; g++) {
                        values[i][g] = codes[i][g];
                    }
                }
                return new Zeros(new ZeroPoints.Packed(bits, pack(codes, bits)), values);
            }
            default -> {
                Tensor real = numbers(DataType.F32, out, groups);
                return new Zeros(new ZeroPoints.Real(real), matrix(real));
            }
        }
    }

    Case quantized(int out, int in, int bits, int group, int zeroKind, DataType scaleType, boolean shuffled) {
        int groups = (in + group - 1) / group;
        int[][] codes = codes(out, in, bits);
        Tensor scales = numbers(scaleType, out, groups);
        Zeros zeros = zeros(out, groups, bits, zeroKind);
        int[] map = new int[in];
        Arrays.setAll(map, j -> shuffled ? random.nextInt(groups) : j / group);
        double[][] matrix = new double[out][in];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                matrix[i][j] = scales.get(i, map[j]) * (codes[i][j] - zeros.values[i][map[j]]);
            }
        }
        Optional<Tensor> columns = shuffled ? Optional.of(scope.of(map, in)) : Optional.empty();
        return new Case(
                bits + " bits, groups of " + group + ", zeros " + zeroKind + (shuffled ? ", shuffled" : ""),
                new GroupQuantized(out, in, bits, group, pack(codes, bits), scales, zeros.points, columns),
                matrix);
    }

    /** Codes that are small floats, without those that are no numbers. */
    private Case smallFloat(int out, int in, SmallFloat values, int group) {
        int[][] codes = codes(out, in, values.bits());
        Tensor scales = numbers(DataType.F16, out, (in + group - 1) / group);
        double[][] factors = matrix(scales);
        double[][] matrix = new double[out][in];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                if (values == SmallFloat.E4M3 && (codes[i][j] & 0x7f) == 0x7f) {
                    codes[i][j]--;
                }
                matrix[i][j] = factors[i][j / group] * values.value(codes[i][j]);
            }
        }
        return new Case(values + " in groups of " + group, new Codebook(out, in, values.bits(),
                pack(codes, values.bits()), values.table(scope), group, Optional.of(scales), 1), matrix);
    }

    Case codebook(int out, int in, int bits, int variant) {
        int group = variant == 0 ? in : 32;
        int groups = (in + group - 1) / group;
        int[][] codes = codes(out, in, bits);
        Tensor table = variant == 1 ? numbers(DataType.F32, out, 1 << bits) : numbers(DataType.BF16, 1 << bits);
        Tensor scales = scope.zeros(DataType.U8, out, groups);
        double[][] factors = new double[out][groups];
        if (variant == 2) {
            for (int i = 0; i < out; i++) {
                for (int g = 0; g < groups; g++) {
                    int exponent = 120 + random.nextInt(14);
                    scales.set(exponent, i, g);
                    factors[i][g] = Math.scalb(1.0, exponent - 127);
                }
            }
        } else if (variant != 0) {
            scales = numbers(variant == 3 ? DataType.F8_E4M3 : DataType.F16, out, groups);
            factors = matrix(scales);
        } else {
            for (double[] row : factors) {
                Arrays.fill(row, 1);
            }
        }
        float tensorScale = variant == 3 ? 0.3f : 1;
        double[][] matrix = new double[out][in];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                double entry = table.rank() == 1 ? table.get(codes[i][j]) : table.get(i, codes[i][j]);
                matrix[i][j] = factors[i][j / group] * entry * tensorScale;
            }
        }
        return new Case(
                "codebook of " + bits + " bits, variant " + variant,
                new Codebook(
                        out,
                        in,
                        bits,
                        pack(codes, bits),
                        table,
                        group,
                        variant == 0 ? Optional.empty() : Optional.of(scales),
                        tensorScale),
                matrix);
    }

    private record Kept(int[] starts, int[] columns, int[] rows) {}

    private Kept keep(int out, int in, double density) {
        int[] starts = new int[out + 1];
        List<int[]> entries = new ArrayList<>();
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                if (random.nextDouble() < density) {
                    entries.add(new int[] {i, j});
                }
            }
            starts[i + 1] = entries.size();
        }
        return new Kept(
                starts,
                entries.stream().mapToInt(e -> e[1]).toArray(),
                entries.stream().mapToInt(e -> e[0]).toArray());
    }

    private record Stored(Values values, double[] numbers) {}

    /** Values of kept entries: as numbers, or as codes if bits is not 0. */
    private Stored values(int out, int in, Kept kept, DataType type, int bits, int group) {
        int count = kept.columns.length;
        double[] numbers = new double[count];
        if (bits == 0) {
            Tensor values = numbers(type, count);
            Arrays.setAll(numbers, values::get);
            return new Stored(new Values.Plain(values), numbers);
        }
        int groups = (in + group - 1) / group;
        int[][] codes = codes(1, count, bits);
        Tensor packed = count == 0 ? scope.zeros(DataType.U8, 0) : pack(codes, bits).row(0);
        Tensor scales = numbers(DataType.F16, out, groups);
        Zeros zeros = zeros(out, groups, bits, random.nextInt(3));
        for (int i = 0; i < count; i++) {
            int g = kept.columns[i] / group;
            numbers[i] = scales.get(kept.rows[i], g) * (codes[0][i] - zeros.values[kept.rows[i]][g]);
        }
        return new Stored(new Values.Packed(bits, group, packed, scales, zeros.points), numbers);
    }

    private static double[][] scatter(int out, int in, Kept kept, double[] numbers) {
        double[][] matrix = new double[out][in];
        for (int i = 0; i < numbers.length; i++) {
            matrix[kept.rows[i]][kept.columns[i]] = numbers[i];
        }
        return matrix;
    }

    Case bitmask(int out, int in, double density, DataType type, int bits, int group) {
        Kept kept = keep(out, in, density);
        Tensor bitmap = scope.zeros(DataType.U8, out, 8 * ((in + 63) / 64));
        for (int i = 0; i < kept.columns.length; i++) {
            int at = kept.columns[i] / 8;
            int old = (int) bitmap.get(kept.rows[i], at);
            bitmap.set(old | 1 << kept.columns[i] % 8, kept.rows[i], at);
        }
        Stored stored = values(out, in, kept, type, bits, group);
        return new Case(
                "bitmask of density " + density + ", " + (bits == 0 ? type : bits + " bits, groups of " + group),
                new BitmaskSparse(out, in, bitmap, scope.of(kept.starts, out + 1), stored.values),
                scatter(out, in, kept, stored.numbers));
    }

    Case csr(int out, int in, double density) {
        Kept kept = keep(out, in, density);
        Stored stored = values(out, in, kept, DataType.F32, 0, 0);
        Tensor columns = scope.of(kept.columns, kept.columns.length).to(DataType.U16);
        Tensor values = ((Values.Plain) stored.values).values();
        return new Case(
                "csr of density " + density,
                new Csr(out, in, scope.of(kept.starts, out + 1), columns, values),
                scatter(out, in, kept, stored.numbers));
    }

    Case nm(int out, int in, int kept, int group, DataType type, int bits) {
        int perRow = in / group * kept;
        int[][] places = new int[out][perRow];
        int[] starts = new int[out + 1];
        int[] columns = new int[out * perRow];
        int[] rows = new int[out * perRow];
        for (int i = 0; i < out; i++) {
            for (int g = 0; g < in / group; g++) {
                int[] chosen = random.ints(0, group).distinct().limit(kept).sorted().toArray();
                for (int k = 0; k < kept; k++) {
                    places[i][g * kept + k] = chosen[k];
                    columns[i * perRow + g * kept + k] = g * group + chosen[k];
                    rows[i * perRow + g * kept + k] = i;
                }
            }
            starts[i + 1] = (i + 1) * perRow;
        }
        Kept entries = new Kept(starts, columns, rows);
        Stored stored = values(out, in, entries, type, bits, 32);
        return new Case(
                kept + " of " + group + ", " + (bits == 0 ? type : bits + " bits"),
                new NmSparse(out, in, kept, group, pack(places, NmSparse.placeBits(group)), stored.values),
                scatter(out, in, entries, stored.numbers));
    }

    Case block(int out, int in, int blockRows, int blockColumns, double density, DataType type) {
        Kept kept = keep(out / blockRows, in / blockColumns, density);
        Tensor values = numbers(type, kept.columns.length, blockRows, blockColumns);
        double[][] matrix = new double[out][in];
        for (int b = 0; b < kept.columns.length; b++) {
            for (int i = 0; i < blockRows; i++) {
                for (int j = 0; j < blockColumns; j++) {
                    matrix[kept.rows[b] * blockRows + i][kept.columns[b] * blockColumns + j] = values.get(b, i, j);
                }
            }
        }
        return new Case(
                "blocks of " + blockRows + " by " + blockColumns + " " + type,
                new BlockSparse(
                        out,
                        in,
                        blockRows,
                        blockColumns,
                        scope.of(kept.starts, kept.starts.length),
                        scope.of(kept.columns, kept.columns.length),
                        values),
                matrix);
    }

    Case lowRank(int out, int in, int rank) {
        Tensor up = numbers(DataType.F32, out, rank);
        Tensor down = numbers(DataType.BF16, rank, in);
        return new Case("low rank", new LowRank(up, down), times(matrix(up), matrix(down)));
    }

    Case dictionary(int out, int in, int atoms) {
        Tensor dictionary = numbers(DataType.F16, out, atoms);
        Case coefficients = csr(atoms, in, 0.2);
        return new Case(
                "dictionary",
                new DictionarySparse(dictionary, (Csr) coefficients.operator),
                times(matrix(dictionary), coefficients.matrix));
    }

    Case hadamard(int out, int in) {
        int columns = (in + 15) / 16 * 16;
        Case inner = quantized(out, columns, 4, 32, 0, DataType.F16, false);
        double[][] rotation = new double[columns][columns];
        for (int i = 0; i < columns; i++) {
            for (int j = i / 16 * 16; j < i / 16 * 16 + 16; j++) {
                rotation[i][j] = (Integer.bitCount(i % 16 & j % 16) % 2 == 0 ? 1 : -1) / 4.0;
            }
        }
        return new Case(
                "behind a Hadamard matrix",
                new Rotated(new Rotation.Hadamard(columns, 16), inner.operator),
                times(inner.matrix, rotation));
    }

    Case rotated(int out, int in) {
        Case inner = bitmask(out, in, 0.5, DataType.F32, 0, 0);
        Tensor matrix = numbers(DataType.F32, in, in);
        return new Case(
                "behind a matrix",
                new Rotated(new Rotation.Matrix(matrix), inner.operator),
                times(inner.matrix, matrix(matrix)));
    }

    Case masked(int out, int in) {
        Tensor weight = numbers(DataType.BF16, out, in);
        double[][] matrix = matrix(weight);
        Mask.Builder mask = new Mask.Builder(out, in);
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                if (random.nextBoolean()) {
                    mask.keep(i, j);
                } else {
                    matrix[i][j] = 0;
                }
            }
        }
        return new Case("masked", new Masked(mask.build(), new Dense(weight)), matrix);
    }

    Case custom(int out, int in) {
        Tensor weight = numbers(DataType.F32, out, in);
        return new Case("custom", new Foreign(weight), matrix(weight));
    }

    /** A form of somebody else. */
    private record Foreign(Tensor weight) implements Custom {
        @Override
        public void apply(Tensor input, Tensor output) {
            output.assign(input.matmulTransposed(weight));
        }

        @Override
        public int outFeatures() {
            return weight.size(0);
        }

        @Override
        public int inFeatures() {
            return weight.size(1);
        }

        @Override
        public String form() {
            return "foreign";
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
            parts.put("weight", weight);
            return parts;
        }

        @Override
        public SequencedMap<String, String> attributes() {
            return new LinkedHashMap<>();
        }
    }
}
