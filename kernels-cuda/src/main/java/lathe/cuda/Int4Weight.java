package lathe.cuda;

import java.lang.foreign.Arena;
import java.util.Optional;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.Tensor;

/** Four-bit codes in groups on the device: see int4_gemv.cu. */
final class Int4Weight extends DeviceWeight {
    private static final int BITS = 4;
    /** Codes of the 16 bytes that a thread reads at a time. */
    private static final int CODES = 32;
    private static final int CONSTANT = 0;
    private static final int PACKED = 1;
    private static final int REAL = 2;

    private final GroupQuantized weight;
    private final int quads;
    private long codes;
    private long scales;
    private long zeros;
    private int zeroMode;
    private int zeroBits;
    private int zeroPitch;
    private float zero;

    Int4Weight(CudaCompute compute, GroupQuantized weight) {
        super(compute, weight);
        this.weight = weight;
        this.quads = (weight.inFeatures() + CODES - 1) / CODES;
    }

    static Optional<String> refusal(GroupQuantized weight) {
        if (weight.bits() != BITS) {
            return Optional.of("Codes of " + weight.bits() + " bits are left to the CPU: the CUDA kernel takes " + BITS
                    + ".");
        }
        if (weight.columnGroups().isPresent()) {
            return Optional.of("Groups of columns that do not lie together (act-order) are left to the CPU.");
        }
        if (weight.zeros() instanceof ZeroPoints.Real real && RealType.of(real.values().type()).isEmpty()) {
            return Optional.of("Zero points in " + real.values().type() + " are left to the CPU: the CUDA kernel takes "
                    + "F32, F16 and BF16.");
        }
        return Optional.empty();
    }

    @Override
    void upload() {
        codes = rows(weight.codes(), BitPacking.rowBytes(weight.inFeatures(), BITS), 16L * quads);
        scales = flat(weight.scales());
        switch (weight.zeros()) {
            case ZeroPoints.Constant constant -> {
                zeroMode = CONSTANT;
                zero = constant.value();
            }
            case ZeroPoints.Packed packed -> {
                checkZeros(packed.packed(), BitPacking.rowBytes(weight.groups(), packed.bits()));
                zeroMode = PACKED;
                zeroBits = packed.bits();
                zeroPitch = packed.packed().size(1);
                zeros = flat(packed.packed());
            }
            case ZeroPoints.Real real -> {
                checkZeros(real.values(), weight.groups());
                zeroMode = REAL;
                zeroBits = RealType.of(real.values().type()).orElseThrow().code();
                zeros = flat(real.values());
            }
        }
    }

    /** The records check types of zero points alone; a kernel would read what lies behind them. */
    private void checkZeros(Tensor points, int columns) {
        if (points.rank() != 2 || points.size(0) != weight.outFeatures() || points.size(1) != columns) {
            throw new IllegalArgumentException("Zero points of shape " + points.shape() + " do not fit a weight with ["
                    + weight.outFeatures() + ", " + weight.groups() + "] groups.");
        }
    }

    @Override
    void multiply(Device.Stream stream, Arena arena, DeviceTensor input, DeviceTensor output) {
        Arguments arguments = new Arguments()
                .wide(codes, scales, zeros, input.address(), output.address(), input.stride(0), output.stride(0))
                .integers(weight.outFeatures(), weight.inFeatures(), input.size(0), quads, weight.group(),
                        weight.groups(), RealType.of(weight.scales().type()).orElseThrow().code(), zeroMode, zeroBits,
                        zeroPitch)
                .real(zero)
                .truth(aligned(input));
        int unit = unit();
        GemvGrid.launch(
                stream,
                unit == 1 ? "int4_gemv_odd" : "int4_gemv_unit" + unit,
                weight.outFeatures(),
                input.size(0),
                unit == 1,
                arguments.write(arena));
    }

    /** Codes from a multiple of the number on that surely share a group. */
    private int unit() {
        if (weight.groups() == 1 || weight.group() % CODES == 0) {
            return CODES;
        }
        return weight.group() % 8 == 0 ? 8 : 1;
    }
}
