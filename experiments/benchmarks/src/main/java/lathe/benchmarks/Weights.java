package lathe.benchmarks;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import lathe.engine.Engine;
import lathe.spi.kv.KvView;
import lathe.spi.kv.PlainSegment;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.BlockSparse;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.SmallFloat;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TilePacking;
import lathe.spi.operator.TileQuantized;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Random weights of the stored forms that are measured. */
final class Weights {
    private static final int GROUP = 64;

    private final Random random = new Random(1);
    private long state = 0x9E3779B97F4A7C15L;
    private final Scope scope;

    Weights(Scope scope) {
        this.scope = scope;
    }

    /**
     * A weight by the name of its form.
     *
     * @param form such as {@code bf16}, {@code int4}, {@code 2:4}, {@code bitmask-int4}
     * @param out  rows
     * @param in   columns, a multiple of 64
     * @return the weight
     */
    LinearOperator of(String form, int out, int in) {
        return switch (form) {
            case "f32" -> new Dense(numbers(DataType.F32, out, in));
            case "bf16" -> new Dense(numbers(DataType.BF16, out, in));
            case "f16" -> new Dense(numbers(DataType.F16, out, in));
            case "int8" -> quantized(out, in, 8);
            case "int4" -> quantized(out, in, 4);
            case "int3" -> quantized(out, in, 3);
            case "int2" -> quantized(out, in, 2);
            case "bitmask" -> bitmask(out, in, 0);
            case "bitmask-int4" -> bitmask(out, in, 4);
            case "2:4" -> twoOfFour(out, in);
            case "spqr" -> Sum.of(tiles(out, in), csr(out, in, in / 100));
            case "csr-90" -> csr(out, in, in / 10);
            case "fp8" -> codebook(out, in, SmallFloat.E4M3, in, numbers(DataType.F16, out, 1));
            case "mxfp4" -> codebook(out, in, SmallFloat.E2M1, 32, exponents(out, in / 32));
            case "nvfp4" -> codebook(out, in, SmallFloat.E2M1, 16, bytesAs(DataType.F8_E4M3, out, in / 16));
            default -> throw new IllegalArgumentException("No form is called " + form + ".");
        };
    }

    /** Numbers of moderate size: speed does not depend on values. */
    Tensor numbers(DataType type, int... sizes) {
        Tensor tensor = scope.zeros(type, sizes);
        MemorySegment memory = tensor.segment();
        if (type == DataType.F32) {
            for (long i = 0; i < tensor.elements(); i++) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (next() >>> 8) * 0x1p-24f - 0.5f);
            }
        } else {
            for (long i = 0; i < tensor.elements(); i++) {
                int word = next();
                memory.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (0x3c00 | word >>> 22 | word << 15));
            }
        }
        return tensor;
    }

    /** A quick generator: benchmarks fill gigabytes. */
    private int next() {
        state ^= state << 13;
        state ^= state >>> 7;
        state ^= state << 17;
        return (int) (state >>> 32);
    }

    private Tensor bytes(int... sizes) {
        Tensor tensor = scope.zeros(DataType.U8, sizes);
        MemorySegment memory = tensor.segment();
        for (long i = 0; i < tensor.elements(); i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) next());
        }
        return tensor;
    }

    private GroupQuantized quantized(int out, int in, int bits) {
        return new GroupQuantized(out, in, bits, GROUP, bytes(out, BitPacking.rowBytes(in, bits)),
                numbers(DataType.F16, out, in / GROUP), new ZeroPoints.Constant(1 << bits - 1), Optional.empty());
    }

    private Values values(int out, int in, int count, int bits) {
        return bits == 0
                ? new Values.Plain(numbers(DataType.BF16, count))
                : new Values.Packed(bits, GROUP, bytes(BitPacking.rowBytes(count, bits)),
                        numbers(DataType.F16, out, in / GROUP), new ZeroPoints.Constant(1 << bits - 1));
    }

    private BitmaskSparse bitmask(int out, int in, int bits) {
        Tensor bitmap = bytes(out, in / 8);
        int[] starts = new int[out + 1];
        for (int row = 0; row < out; row++) {
            int count = 0;
            for (int word = 0; word < in / 64; word++) {
                count += Long.bitCount(bitmap.segment()
                        .get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * ((long) row * in / 64 + word)));
            }
            starts[row + 1] = starts[row] + count;
        }
        return new BitmaskSparse(out, in, bitmap, scope.of(starts, out + 1), values(out, in, starts[out], bits));
    }

    private NmSparse twoOfFour(int out, int in) {
        // The six pairs of places, as they are packed.
        int[] pairs = {0b0100, 0b1000, 0b1100, 0b1001, 0b1101, 0b1110};
        Tensor places = scope.zeros(DataType.U8, out, BitPacking.rowBytes(in / 2, 2));
        for (long i = 0; i < places.elements(); i++) {
            int two = pairs[random.nextInt(6)] | pairs[random.nextInt(6)] << 4;
            places.segment().set(ValueLayout.JAVA_BYTE, i, (byte) two);
        }
        return new NmSparse(out, in, 2, 4, places, values(out, in, out * (in / 2), 0));
    }

    private Csr csr(int out, int in, int perRow) {
        int[] starts = new int[out + 1];
        int[] columns = new int[out * perRow];
        int step = in / perRow;
        for (int row = 0; row < out; row++) {
            for (int i = 0; i < perRow; i++) {
                columns[row * perRow + i] = i * step + (next() >>> 1) % step;
            }
            starts[row + 1] = starts[row] + perRow;
        }
        Tensor places = scope.zeros(DataType.U16, columns.length);
        for (int i = 0; i < columns.length; i++) {
            places.segment().setAtIndex(ValueLayout.JAVA_SHORT, i, (short) columns[i]);
        }
        return new Csr(out, in, scope.of(starts, out + 1), places, numbers(DataType.F16, columns.length));
    }

    /** SpQR's codes of three bits in groups of sixteen, whose statistics are codes of three bits as well, in its own order. */
    private TileQuantized tiles(int out, int in) {
        int group = TilePacking.COLUMNS;
        Tensor codes = bytes(Math.toIntExact(TilePacking.bytes(out, in, 3)));
        float[] order = new float[in];
        for (int column = 0; column < in; column++) {
            // Odd steps meet every place of a power of two once.
            order[column] = (int) (column * 1237L % in);
        }
        return new TileQuantized(out, in, 3, group, codes, coded(out, in / group), coded(out, in / group),
                Optional.of(scope.of(order, in).to(DataType.U16)));
    }

    private GroupStatistic coded(int out, int groups) {
        int run = TilePacking.ROWS;
        int runs = Math.ceilDiv(out, run);
        return new GroupStatistic.Coded(out, groups, 3, run,
                bytes(Math.toIntExact(TilePacking.bytes(out, groups, 3))), numbers(DataType.F16, runs, groups),
                numbers(DataType.F16, runs, groups));
    }

    private Codebook codebook(int out, int in, SmallFloat values, int group, Tensor scales) {
        Tensor codes = bytes(out, BitPacking.rowBytes(in, values.bits()));
        if (values == SmallFloat.E4M3) {
            ringBell(codes);
        }
        return new Codebook(out, in, values.bits(), codes, values.table(scope), group, Optional.of(scales), 1);
    }

    /** Codes as those of trained weights whose rows have a scale: subnormal ones, which take longer, are rare. */
    private void ringBell(Tensor codes) {
        byte[] bell = new byte[4096];
        for (int i = 0; i < bell.length; i++) {
            bell[i] = (byte) SmallFloat.E4M3.code((float) (random.nextGaussian() * SmallFloat.E4M3.largest() / 4));
        }
        for (long i = 0; i < codes.elements(); i++) {
            codes.segment().set(ValueLayout.JAVA_BYTE, i, bell[next() & bell.length - 1]);
        }
    }

    private Tensor exponents(int out, int groups) {
        Tensor tensor = bytes(out, groups);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (120 + (next() & 7)));
        }
        return tensor;
    }

    private Tensor bytesAs(DataType type, int... sizes) {
        Tensor tensor = scope.zeros(type, sizes);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (0x30 | next() & 15));
        }
        return tensor;
    }

    /**
     * What a cache holds.
     *
     * @param form    f32, bf16 or f16
     * @param kvHeads key/value heads
     * @param tokens  of each
     * @param width   of keys and values
     * @return one segment
     */
    KvView stored(String form, int kvHeads, int tokens, int width) {
        DataType type = DataType.valueOf(form.toUpperCase(Locale.ROOT));
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        for (int head = 0; head < kvHeads; head++) {
            keys.add(numbers(type, tokens, width));
            values.add(numbers(type, tokens, width));
            positions.add(IntStream.range(0, tokens).toArray());
        }
        return new KvView(List.of(new PlainSegment(keys, values, positions)));
    }

    /**
     * A block-sparse weight.
     *
     * @param size     rows and columns
     * @param rows     rows of a block
     * @param columns  columns of a block
     * @param sparsity fraction of blocks that are missing
     * @return the weight
     */
    BlockSparse blocks(int size, int rows, int columns, double sparsity) {
        int perRow = (int) Math.round(size / columns * (1 - sparsity));
        int blockRows = size / rows;
        int[] starts = new int[blockRows + 1];
        int[] at = new int[blockRows * perRow];
        for (int i = 0; i < blockRows; i++) {
            int[] chosen = random.ints(0, size / columns).distinct().limit(perRow).sorted().toArray();
            System.arraycopy(chosen, 0, at, i * perRow, perRow);
            starts[i + 1] = (i + 1) * perRow;
        }
        return new BlockSparse(size, size, rows, columns, scope.of(starts, starts.length), scope.of(at, at.length),
                numbers(DataType.F32, at.length, rows, columns));
    }

    /**
     * Bytes of a weight of a form, its overhead included.
     *
     * @param form one of those of {@link #of}
     * @param size rows and columns
     * @return bytes of the stored form
     */
    static double storedBytes(String form, int size) {
        // A few rows tell: all forms store rows alike.
        int rows = 64;
        try (Scope scope = Engine.shared().openScope()) {
            return new Weights(scope).of(form, rows, size).bytes() * (double) size / rows;
        }
    }
}
