package lathe.models.transformer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import lathe.spi.tensor.Tensor;

/** Moves rows of float32 matrices on the host. */
final class Rows {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Rows() {}

    /** target[i] = source[rows[i]]. Both contiguous. */
    static void gather(Tensor source, int[] rows, Tensor target) {
        long bytes = (long) source.size(1) * Float.BYTES;
        MemorySegment from = source.segment();
        MemorySegment to = target.segment();
        for (int i = 0; i < rows.length; i++) {
            MemorySegment.copy(from, rows[i] * bytes, to, i * bytes, bytes);
        }
    }

    /** target[rows[i]] += weights[i] * source[i]. Both contiguous. */
    static void scatterAdd(Tensor source, int[] rows, float[] weights, Tensor target) {
        int width = source.size(1);
        MemorySegment from = source.segment();
        MemorySegment to = target.segment();
        int whole = LANES.loopBound(width);
        for (int i = 0; i < rows.length; i++) {
            long read = (long) i * width * Float.BYTES;
            long write = (long) rows[i] * width * Float.BYTES;
            FloatVector weight = FloatVector.broadcast(LANES, weights[i]);
            for (int j = 0; j < whole; j += LANES.length()) {
                long at = (long) j * Float.BYTES;
                FloatVector sum = FloatVector.fromMemorySegment(LANES, to, write + at, ORDER);
                FloatVector added = FloatVector.fromMemorySegment(LANES, from, read + at, ORDER);
                added.fma(weight, sum).intoMemorySegment(to, write + at, ORDER);
            }
            for (int j = whole; j < width; j++) {
                long at = (long) j * Float.BYTES;
                float sum = Math.fma(from.get(ValueLayout.JAVA_FLOAT_UNALIGNED, read + at), weights[i],
                        to.get(ValueLayout.JAVA_FLOAT_UNALIGNED, write + at));
                to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, write + at, sum);
            }
        }
    }
}
