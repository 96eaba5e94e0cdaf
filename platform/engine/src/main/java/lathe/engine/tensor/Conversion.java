package lathe.engine.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;

/** Runs of elements of any type to and from float32. Positions are in bytes, strides in elements. */
final class Conversion {
    private Conversion() {}

    static void toFloats(ElementKernels kernels, MemorySegment source, DataType type, long at, long stride, int n,
            MemorySegment target, long targetAt) {
        if (stride == 1) {
            switch (type) {
                case F32 -> MemorySegment.copy(source, at, target, targetAt, 4L * n);
                case BF16 -> kernels.fromBf16(source, at, target, targetAt, n);
                case F16 -> kernels.fromF16(source, at, target, targetAt, n);
                case I8 -> {
                    for (int i = 0; i < n; i++) {
                        target.set(JAVA_FLOAT_UNALIGNED, targetAt + 4L * i, source.get(JAVA_BYTE, at + i));
                    }
                }
                default -> strided(source, type, at, 1, n, target, targetAt);
            }
        } else {
            strided(source, type, at, stride, n, target, targetAt);
        }
    }

    private static void strided(MemorySegment source, DataType type, long at, long stride, int n, MemorySegment target,
            long targetAt) {
        long step = stride * type.bytes();
        switch (type) {
            case F32 -> {
                for (int i = 0; i < n; i++) {
                    target.set(JAVA_FLOAT_UNALIGNED, targetAt + 4L * i,
                            source.get(JAVA_FLOAT_UNALIGNED, at + i * step));
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    target.set(JAVA_FLOAT_UNALIGNED, targetAt + 4L * i,
                            Floats.fromBf16(source.get(JAVA_SHORT_UNALIGNED, at + i * step)));
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    target.set(JAVA_FLOAT_UNALIGNED, targetAt + 4L * i,
                            (float) Elements.read(source, type, at + i * step));
                }
            }
        }
    }

    static void fromFloats(ElementKernels kernels, MemorySegment source, long sourceAt, int n, MemorySegment target,
            DataType type, long at, long stride) {
        if (stride == 1 && type == DataType.F32) {
            MemorySegment.copy(source, sourceAt, target, at, 4L * n);
        } else if (stride == 1 && type == DataType.BF16) {
            kernels.toBf16(source, sourceAt, target, at, n);
        } else if (stride == 1 && type == DataType.F16) {
            // One instruction for eight of them, which the compiler finds in a loop as plain as this.
            for (int i = 0; i < n; i++) {
                float value = source.get(JAVA_FLOAT_UNALIGNED, sourceAt + 4L * i);
                target.set(JAVA_SHORT_UNALIGNED, at + 2L * i, Float.floatToFloat16(value));
            }
        } else {
            long step = stride * type.bytes();
            for (int i = 0; i < n; i++) {
                Elements.write(target, type, at + i * step, source.get(JAVA_FLOAT_UNALIGNED, sourceAt + 4L * i));
            }
        }
    }
}
