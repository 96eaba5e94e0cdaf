package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;

/** A vector as contiguous float32: itself if it is that already, otherwise a copy that dies with this. */
final class FloatVectorCopy implements AutoCloseable {
    private final MemorySegment memory;
    private final Scope copies;

    private FloatVectorCopy(MemorySegment memory, Scope copies) {
        this.memory = memory;
        this.copies = copies;
    }

    static FloatVectorCopy of(DenseTensor vector) {
        if (vector.isContiguous() && vector.type() == DataType.F32) {
            return new FloatVectorCopy(vector.segment(), null);
        }
        Scope copies = vector.scope().child();
        return new FloatVectorCopy(vector.in(copies).to(DataType.F32).segment(), copies);
    }

    MemorySegment memory() {
        return memory;
    }

    @Override
    public void close() {
        if (copies != null) {
            copies.close();
        }
    }
}
