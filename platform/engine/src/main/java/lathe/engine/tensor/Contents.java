package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import lathe.spi.tensor.DataType;

/** Copies of whole contents, between types and to the heap. */
final class Contents {
    /** Side of the square tiles in which transposed copies are made: two of them fit into a first-level cache. */
    private static final int TILE = 32;

    private Contents() {}

    private static int count(DenseTensor tensor) {
        if (tensor.elements() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("A tensor of " + tensor.shape() + " is too large for an array.");
        }
        return (int) tensor.elements();
    }

    static float[] toFloats(DenseTensor tensor) {
        float[] values = new float[count(tensor)];
        MemorySegment target = MemorySegment.ofArray(values);
        if (tensor.isContiguous() && tensor.type() == DataType.F32) {
            MemorySegment.copy(tensor.segment(), 0, target, 0, 4L * values.length);
            return values;
        }
        try (FloatSource source = FloatSource.of(tensor)) {
            MemorySegment scratch = Scratch.own().first();
            for (int i = 0; i < values.length; i += Scratch.BLOCK) {
                int n = Math.min(Scratch.BLOCK, values.length - i);
                MemorySegment.copy(source.load(i, n, scratch), source.at(i), target, 4L * i, 4L * n);
            }
        }
        return values;
    }

    static int[] toInts(DenseTensor tensor) {
        int[] values = new int[count(tensor)];
        if (values.length == 0) {
            return values;
        }
        int bytes = tensor.type().bytes();
        int length = tensor.rank() == 0 ? 1 : tensor.size(-1);
        long step = tensor.rank() == 0 ? 0 : tensor.strides()[tensor.rank() - 1] * bytes;
        int index = 0;
        for (int row = 0; row < values.length / length; row++) {
            long at = FloatSource.rowStart(tensor, row) * bytes;
            for (int j = 0; j < length; j++, at += step) {
                values[index++] = (int) Elements.read(tensor.segment(), tensor.type(), at);
            }
        }
        return values;
    }

    static void copyRow(DenseTensor vector, float[] target) {
        MemorySegment scratch = Scratch.own().first();
        int length = vector.size(0);
        for (int i = 0; i < length; i += Scratch.BLOCK) {
            int n = Math.min(Scratch.BLOCK, length - i);
            FloatSource.read(vector, i, n, scratch, 0);
            MemorySegment.copy(scratch, ValueLayout.JAVA_FLOAT, 0, target, i, n);
        }
    }

    static void setRow(DenseTensor vector, float[] source) {
        MemorySegment scratch = Scratch.own().first();
        int length = vector.size(0);
        for (int i = 0; i < length; i += Scratch.BLOCK) {
            int n = Math.min(Scratch.BLOCK, length - i);
            MemorySegment.copy(source, i, scratch, ValueLayout.JAVA_FLOAT, 0, n);
            FloatSource.write(vector, i, n, scratch, 0);
        }
    }

    static void fill(DenseTensor tensor, double value) {
        if (tensor.isContiguous() && tensor.elements() > 0) {
            int bytes = tensor.type().bytes();
            MemorySegment memory = tensor.segment();
            int first = (int) Math.min(tensor.elements(), Scratch.BLOCK);
            for (int i = 0; i < first; i++) {
                Elements.write(memory, tensor.type(), (long) i * bytes, value);
            }
            long filled = (long) first * bytes;
            for (long done = filled; done < memory.byteSize(); done += filled) {
                MemorySegment.copy(memory, 0, memory, done, Math.min(filled, memory.byteSize() - done));
            }
            return;
        }
        forEachRow(tensor, (at, length, step) -> {
            for (int i = 0; i < length; i++) {
                Elements.write(tensor.segment(), tensor.type(), at + i * step, value);
            }
        });
    }

    @FunctionalInterface
    private interface RowOfBytes {
        void run(long at, int length, long step);
    }

    private static void forEachRow(DenseTensor tensor, RowOfBytes body) {
        if (tensor.elements() == 0) {
            return;
        }
        int bytes = tensor.type().bytes();
        int length = tensor.rank() == 0 ? 1 : tensor.size(-1);
        long step = tensor.rank() == 0 ? 0 : tensor.strides()[tensor.rank() - 1] * bytes;
        for (long row = 0; row < tensor.elements() / length; row++) {
            body.run(FloatSource.rowStart(tensor, row) * bytes, length, step);
        }
    }

    static void assign(DenseTensor target, DenseTensor source) {
        if (target.elements() == 0) {
            return;
        }
        if (overlaps(target, source)) {
            try (var copies = source.scope().child()) {
                assign(target, (DenseTensor) source.in(copies).copy());
            }
        } else if (target.type() == source.type() && target.isContiguous() && source.isContiguous()) {
            Loops.forEach(target.engine().parallel(), target.elements(),
                    (from, to) -> MemorySegment.copy(source.segment(),
                            from * source.type().bytes(), target.segment(), from * source.type().bytes(),
                            (to - from) * source.type().bytes()));
        } else if (isColumnMajor(source) && target.isContiguous()) {
            transposed(target, source);
        } else if (target.type() == source.type() && hasWholeRows(target) && hasWholeRows(source)) {
            rowByRow(target, source);
        } else if (target.type() == source.type() || !Elements.fitsFloat(source.type())) {
            oneByOne(target, source);
        } else {
            throughFloats(target, source);
        }
    }

    private static boolean overlaps(DenseTensor target, DenseTensor source) {
        return target.segment().asOverlappingSlice(source.segment()).isPresent()
                && !(target.segment().address() == source.segment().address() && target.type() == source.type()
                        && target.isContiguous() && source.isContiguous());
    }

    private static boolean isColumnMajor(DenseTensor tensor) {
        return tensor.rank() == 2 && tensor.strides()[0] == 1 && tensor.sizes()[0] > 1 && tensor.sizes()[1] > 1;
    }

    private static void throughFloats(DenseTensor target, DenseTensor source) {
        Loops.forEach(target.engine().parallel(), target.elements(), (from, to) -> {
            MemorySegment scratch = Scratch.own().result();
            for (long i = from; i < to; i += Scratch.BLOCK) {
                int n = (int) Math.min(Scratch.BLOCK, to - i);
                FloatSource.read(source, i, n, scratch, 0);
                FloatSource.write(target, i, n, scratch, 0);
            }
        });
    }

    private static void transposed(DenseTensor target, DenseTensor source) {
        int rows = target.sizes()[0];
        int columns = target.sizes()[1];
        Loops.forRows(target.engine().parallel(), (rows + TILE - 1) / TILE, (long) TILE * columns, (from, to) -> {
            for (int i = from * TILE; i < Math.min(rows, to * TILE); i += TILE) {
                for (int j = 0; j < columns; j += TILE) {
                    tile(target, source, i, Math.min(rows, i + TILE), j, Math.min(columns, j + TILE));
                }
            }
        });
    }

    private static void tile(DenseTensor target, DenseTensor source, int top, int bottom, int left, int right) {
        MemorySegment to = target.segment();
        MemorySegment from = source.segment();
        long width = target.sizes()[1];
        long stride = source.strides()[1];
        boolean same = target.type() == source.type();
        int bytes = source.type().bytes();
        for (int i = top; i < bottom; i++) {
            for (int j = left; j < right; j++) {
                long sourceAt = (i + j * stride) * bytes;
                long targetAt = (i * width + j) * target.type().bytes();
                if (same && bytes == 4) {
                    to.set(ValueLayout.JAVA_INT_UNALIGNED, targetAt,
                            from.get(ValueLayout.JAVA_INT_UNALIGNED, sourceAt));
                } else {
                    move(from, source.type(), sourceAt, to, target.type(), targetAt);
                }
            }
        }
    }

    private static boolean hasWholeRows(DenseTensor tensor) {
        return tensor.rank() > 0 && tensor.strides()[tensor.rank() - 1] == 1;
    }

    /** Rows that lie in one piece on both sides, such as one head's keys among those of all heads. */
    private static void rowByRow(DenseTensor target, DenseTensor source) {
        int bytes = target.type().bytes();
        int length = target.size(-1);
        Loops.forRows(target.engine().parallel(), target.elements() / length, length, (from, to) -> {
            for (int row = from; row < to; row++) {
                MemorySegment.copy(source.segment(), FloatSource.rowStart(source, row) * bytes,
                        target.segment(), FloatSource.rowStart(target, row) * bytes, (long) length * bytes);
            }
        });
    }

    private static void oneByOne(DenseTensor target, DenseTensor source) {
        int rank = target.rank();
        int length = rank == 0 ? 1 : target.size(-1);
        long targetStep = rank == 0 ? 0 : target.strides()[rank - 1] * target.type().bytes();
        long sourceStep = rank == 0 ? 0 : source.strides()[rank - 1] * source.type().bytes();
        MemorySegment in = source.segment();
        MemorySegment out = target.segment();
        Loops.forRows(target.engine().parallel(), target.elements() / length, length, (from, to) -> {
            for (int row = from; row < to; row++) {
                long targetAt = FloatSource.rowStart(target, row) * target.type().bytes();
                long sourceAt = FloatSource.rowStart(source, row) * source.type().bytes();
                for (int j = 0; j < length; j++) {
                    move(in, source.type(), sourceAt + j * sourceStep, out, target.type(), targetAt + j * targetStep);
                }
            }
        });
    }

    /** One element: bits between equal types, whole numbers of 64 bits without a detour over float64. */
    private static void move(MemorySegment source, DataType sourceType, long sourceAt, MemorySegment target,
            DataType targetType, long targetAt) {
        if (sourceType == targetType) {
            MemorySegment.copy(source, sourceAt, target, targetAt, sourceType.bytes());
        } else if (sourceType == DataType.I64 && targetType == DataType.U64
                || sourceType == DataType.U64 && targetType == DataType.I64) {
            long value = source.get(ValueLayout.JAVA_LONG_UNALIGNED, sourceAt);
            long limit = targetType == DataType.U64 ? 0 : Long.MAX_VALUE;
            target.set(ValueLayout.JAVA_LONG_UNALIGNED, targetAt, value < 0 ? limit : value);
        } else {
            Elements.write(target, targetType, targetAt, Elements.read(source, sourceType, sourceAt));
        }
    }
}
