package lathe.cuda;

import java.lang.foreign.Arena;
import java.util.Optional;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Values;
import lathe.spi.tensor.Tensor;

/** 2:4 and 4:8 weights on the device: see nm_gemv.cu. */
final class NmWeight extends DeviceWeight {
    private final NmSparse weight;
    private final Tensor numbers;
    private final RealType type;
    private final long valuePitch;
    private final long placePitch;
    private long values;
    private long places;

    NmWeight(CudaCompute compute, NmSparse weight) {
        super(compute, weight);
        this.weight = weight;
        this.numbers = ((Values.Plain) weight.values()).values();
        this.type = RealType.of(numbers.type()).orElseThrow();
        this.valuePitch = rounded((long) weight.keptPerRow() * numbers.type().bytes());
        // The kernel reads the word after the one in which places end.
        this.placePitch = rounded(weight.places().size(1) + Integer.BYTES);
    }

    static Optional<String> refusal(NmSparse weight) {
        boolean known = weight.group() == 4 && weight.kept() == 2 || weight.group() == 8 && weight.kept() == 4;
        if (!known) {
            return Optional.of("The pattern " + weight.kept() + ":" + weight.group()
                    + " is left to the CPU: the CUDA kernels take 2:4 and 4:8.");
        }
        if (!(weight.values() instanceof Values.Plain plain)) {
            return Optional.of("Values in codes of an n-m weight are left to the CPU: the CUDA kernels take numbers.");
        }
        if (RealType.of(plain.values().type()).isEmpty()) {
            return Optional.of("Values in " + plain.values().type() + " of an n-m weight are left to the CPU: the CUDA "
                    + "kernels take F32, F16 and BF16.");
        }
        return Optional.empty();
    }

    @Override
    void upload() {
        long kept = (long) weight.outFeatures() * weight.keptPerRow();
        if (numbers.elements() != kept) {
            throw new IllegalArgumentException(numbers.elements() + " values do not fit " + weight.outFeatures()
                    + " rows of " + weight.keptPerRow() + ".");
        }
        values = rows(numbers, (long) weight.keptPerRow() * numbers.type().bytes(), valuePitch);
        int placeBits = NmSparse.placeBits(weight.group());
        places = rows(weight.places(), BitPacking.rowBytes(weight.keptPerRow(), placeBits), placePitch);
    }

    @Override
    void multiply(Device.Stream stream, Arena arena, DeviceTensor input, DeviceTensor output) {
        Arguments arguments = new Arguments()
                .wide(values, places, input.address(), output.address(), input.stride(0), output.stride(0))
                .integers(weight.outFeatures(), weight.inFeatures(), input.size(0), (int) (valuePitch / 16),
                        (int) (placePitch / 4))
                .truth(aligned(input));
        GemvGrid.launch(
                stream,
                "nm_gemv_of" + weight.group() + "_" + type.word(),
                weight.outFeatures(),
                input.size(0),
                false,
                arguments.write(arena));
    }
}
