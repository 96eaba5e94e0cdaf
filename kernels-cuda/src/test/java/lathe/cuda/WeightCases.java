package lathe.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Products with weights in the forms that the device takes, of random sizes and with all that can be different. */
final class WeightCases {
    private static final DataType[] REALS = {DataType.F32, DataType.F16, DataType.BF16};
    private static final int[] TOKENS = {1, 1, 2, 4, 5, 9};

    private WeightCases() {}

    /** Sizes that ended at borders, then random ones. */
    static List<KernelCase> int4(int random) {
        List<KernelCase> cases = new ArrayList<>();
        int[][] borders = {{1, 1, 1}, {3, 33, 16}, {16, 32, 32}, {17, 4096, 128}, {5, 4128, 4128}, {2, 8200, 64},
            {33, 1000, 24}, {4, 77, 12}, {9, 129, 5}, {31, 1024, 1024}, {16, 256, 256}};
        Random choice = new Random(4);
        for (int i = 0; i < borders.length + random; i++) {
            int[] size = i < borders.length
                    ? borders[i]
                    : new int[] {1 + choice.nextInt(70), 1 + choice.nextInt(3000),
                        new int[] {8, 16, 32, 40, 64, 128, 256, 7, 100_000}[choice.nextInt(9)]};
            int zeros = i % 5;
            int tokens = TOKENS[i % TOKENS.length];
            DataType scales = REALS[i / 2 % 3];
            long seed = 100 + i;
            boolean gaps = i % 3 == 1;
            int group = Math.min(size[2], size[1]);
            cases.add(new KernelCase(
                    "int4 [" + size[0] + ", " + size[1] + "] groups of " + group + ", zeros "
                            + List.of("constant", "packed", "packed in 8 bits", "real", "real in 16 bits").get(zeros)
                            + ", scales " + scales + ", tokens " + tokens + (gaps ? ", inputs with gaps" : ""),
                    (device, cpu, scope) -> multiply(
                            group4(new Random(seed), size[0], size[1], group, zeros, scales, scope),
                            tokens, gaps, seed, device, cpu, scope)));
        }
        return cases;
    }

    static List<KernelCase> nm(int random) {
        List<KernelCase> cases = new ArrayList<>();
        int[][] borders = {{1, 4}, {1, 8}, {3, 40}, {17, 2048}, {5, 4128}, {3, 8216}, {33, 16}, {2, 1000}};
        Random choice = new Random(5);
        for (int i = 0; i < borders.length + random; i++) {
            int group = i % 2 == 0 ? 4 : 8;
            int rows = i < borders.length ? borders[i][0] : 1 + choice.nextInt(70);
            int columns = i < borders.length
                    ? Math.max(group, borders[i][1] / group * group)
                    : group * (1 + choice.nextInt(3000 / group));
            DataType type = REALS[i / 2 % 3];
            int tokens = TOKENS[i % TOKENS.length];
            long seed = 500 + i;
            boolean gaps = i % 3 == 2;
            cases.add(new KernelCase(
                    group / 2 + ":" + group + " [" + rows + ", " + columns + "] " + type + ", tokens " + tokens
                            + (gaps ? ", inputs with gaps" : ""),
                    (device, cpu, scope) -> multiply(
                            sparse(new Random(seed), rows, columns, group, type, scope),
                            tokens, gaps, seed, device, cpu, scope)));
        }
        return cases;
    }

    static Tensor random(Random random, Scope scope, int... sizes) {
        Tensor tensor = scope.zeros(sizes);
        float[] numbers = new float[(int) tensor.elements()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return scope.of(numbers, sizes);
    }

    private static Tensor codes(Random random, Scope scope, int limit, int rows, int columns) {
        int[] codes = new int[rows * columns];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = random.nextInt(limit);
        }
        return scope.of(codes, rows, columns);
    }

    /** Zero points: 0 constant, 1 packed, 2 packed with eight bits, 3 real, 4 real in half precision. */
    static GroupQuantized group4(Random random, int rows, int columns, int group, int zeros, DataType scaleType,
            Scope scope) {
        int groups = (columns + group - 1) / group;
        Tensor scales = random(random, scope, rows, groups).multiply(0.1).to(scaleType);
        GroupQuantized packed = GroupQuantized.pack(codes(random, scope, 16, rows, columns), 4, group, scales,
                zeros == 1 ? Optional.of(codes(random, scope, 16, rows, groups)) : Optional.empty(), scope);
        return switch (zeros) {
            case 2 -> packed.withZeros(new ZeroPoints.Packed(
                    8, BitPacking.pack(codes(random, scope, 256, rows, groups), 8, scope)));
            case 3 -> packed.withZeros(new ZeroPoints.Real(random(random, scope, rows, groups).add(7.5)));
            case 4 -> packed.withZeros(new ZeroPoints.Real(
                    random(random, scope, rows, groups).add(7.5).to(DataType.F16)));
            default -> packed;
        };
    }

    /** Half of every group kept, at random places. */
    static NmSparse sparse(Random random, int rows, int columns, int group, DataType type, Scope scope) {
        int kept = columns / 2;
        int[] places = new int[rows * kept];
        int at = 0;
        for (int first = 0; first < rows * columns; first += group) {
            int missing = group / 2;
            for (int place = 0; missing > 0; place++) {
                if (random.nextInt(group - place) < missing) {
                    places[at++] = place;
                    missing--;
                }
            }
        }
        Tensor packed = BitPacking.pack(scope.of(places, rows, kept), NmSparse.placeBits(group), scope);
        Tensor values = random(random, scope, rows * kept).to(type);
        return new NmSparse(rows, columns, group / 2, group, packed, new Values.Plain(values));
    }

    private static KernelCase.Outcome multiply(LinearOperator weight, int tokens, boolean gaps, long seed,
            Compute device, Compute cpu, Scope scope) {
        int columns = weight.inFeatures();
        Tensor input = random(new Random(seed), scope, tokens, columns);
        Tensor there = gaps
                ? device.activations(scope, tokens, columns + 7).slice(1, 3, columns + 3)
                : device.activations(scope, tokens, columns);
        device.write(input, there);
        Tensor output = gaps
                ? device.activations(scope, tokens, weight.outFeatures() + 3).slice(1, 1, weight.outFeatures() + 1)
                : device.activations(scope, tokens, weight.outFeatures());
        Tensor expected = scope.zeros(tokens, weight.outFeatures());
        try (PreparedOperator prepared = device.prepare(weight); PreparedOperator here = cpu.prepare(weight)) {
            device.apply(prepared, there, output);
            cpu.apply(here, input, expected);
            return new KernelCase.Outcome(device.read(output, scope).toFloats(), expected.toFloats());
        }
    }
}
