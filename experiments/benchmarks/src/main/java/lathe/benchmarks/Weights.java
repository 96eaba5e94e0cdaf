package lathe.benchmarks;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;

import lathe.engine.Engine;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.BlockSparse;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Random weights of the stored forms that are measured. */
final class Weights {
    private static final int GROUP = 64;

    private final Random random = new Random(1);
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
            default -> throw new IllegalArgumentException("No form is called " + form + ".");
        };
    }

    Tensor numbers(DataType type, int... sizes) {
        Tensor tensor = scope.zeros(type, sizes);
        MemorySegment memory = tensor.segment();
        // Any bits of moderate exponents will do: speed does not depend on values.
        if (type == DataType.F32) {
            for (long i = 0; i < tensor.elements(); i++) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
            }
        } else {
            for (long i = 0; i < tensor.elements(); i++) {
                int sign = random.nextInt(2) << 15;
                memory.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (0x3c00 | random.nextInt(0x400) | sign));
            }
        }
        return tensor;
    }

    private Tensor bytes(int... sizes) {
        Tensor tensor = scope.zeros(DataType.U8, sizes);
        byte[] filling = new byte[Math.toIntExact(tensor.elements())];
        random.nextBytes(filling);
        MemorySegment.copy(filling, 0, tensor.segment(), ValueLayout.JAVA_BYTE, 0, filling.length);
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
        try (Scope scope = Engine.shared().openScope()) {
            return new Weights(scope).of(form, size, size).bytes();
        }
    }
}
