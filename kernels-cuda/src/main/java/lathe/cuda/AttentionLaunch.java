package lathe.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionResult;
import lathe.spi.kv.Observed;
import lathe.spi.model.LayerInfo;

/** Attention calls on the device: see attention.cu. */
final class AttentionLaunch {
    private static final int THREADS = 128;
    private static final int[] WIDTHS = {64, 128, 256};

    private final CudaCompute compute;

    AttentionLaunch(CudaCompute compute) {
        this.compute = compute;
    }

    Optional<String> refusal(AttentionCall call) {
        LayerInfo layer = call.layer();
        int widest = Math.max(layer.headDim(), layer.valueDim());
        if (CudaCompute.observes(call)) {
            return Optional.of(Forms.OBSERVATION);
        }
        if (call.plan() instanceof AttentionPlan.Computed) {
            return Optional.empty();
        }
        if (widest > WIDTHS[WIDTHS.length - 1]) {
            return Optional.of("Attention with heads of " + widest + " is left to the CPU: the CUDA kernels take up to "
                    + WIDTHS[WIDTHS.length - 1] + ".");
        }
        if (sharedBytes(width(widest)) > compute.device().sharedBytes()) {
            return Optional.of("Attention with heads of " + widest + " is left to the CPU: the device has "
                    + compute.device().sharedBytes() + " bytes of shared memory a block.");
        }
        return Optional.empty();
    }

    private static int width(int widest) {
        int i = 0;
        while (WIDTHS[i] < widest) {
            i++;
        }
        return WIDTHS[i];
    }

    /** Shared memory of a block, as AttentionTile of the kernel counts it. */
    private static int sharedBytes(int width) {
        int tile = width == 256 ? 32 : 64;
        int rows = AttentionUnits.ROWS;
        return Float.BYTES * (rows * width + tile * (width + 4) + rows * tile + tile);
    }

    AttentionResult run(AttentionCall call) {
        call.check();
        DeviceTensor queries = compute.own("The queries", call.queries());
        DeviceTensor output = compute.own("The output", call.output());
        if (call.queryPositions().length == 0) {
            return new AttentionResult(Observed.NOTHING, 0, 0);
        }
        try (DeviceKeys keys = DeviceKeys.of(compute, call); Arena arena = Arena.ofConfined()) {
            AttentionUnits units = new AttentionUnits(call, keys, 2 * compute.device().multiprocessors());
            launch(call, arena, queries, output, keys, units);
            return new AttentionResult(Observed.NOTHING, units.pairs(), units.keysRead());
        }
    }

    private void launch(AttentionCall call, Arena arena, DeviceTensor queries, DeviceTensor output, DeviceKeys keys,
            AttentionUnits units) {
        LayerInfo layer = call.layer();
        int width = width(Math.max(layer.headDim(), layer.valueDim()));
        Numbers numbers = new Numbers();
        long queryAt = numbers.add(call.queryPositions());
        long keyAt = numbers.add(keys.positions());
        long unitsAt = numbers.add(units.units());
        long piecesAt = numbers.add(units.pieces());
        long slotsAt = numbers.add(units.slots());
        long mergesAt = numbers.add(units.merges());
        long base = compute.pool().take(numbers.bytes());
        long partials = units.parts() == 0
                ? 0
                : compute.pool().take((long) Float.BYTES * units.parts() * AttentionUnits.ROWS * (width + 2));
        compute.staging().upload(compute.stream(), numbers.write(arena), base);
        boolean aligned = aligned(queries.address(), queries.stride(0), queries.stride(1)) && keys.aligned();
        Arguments arguments = new Arguments()
                .wide(queries.address(), keys.keys(), keys.values(), output.address(), base + queryAt, base + keyAt,
                        base + unitsAt, base + piecesAt, base + slotsAt, partials)
                .wide(queries.stride(0), queries.stride(1), keys.keyHeadStride(), keys.keyStride(),
                        keys.valueHeadStride(), keys.valueStride(), output.stride(0), output.stride(1))
                .integers(keys.capacity(), layer.headDim(), layer.valueDim())
                .truth(call.causal())
                .integers(layer.slidingWindow().orElse(Integer.MAX_VALUE))
                .truth(aligned)
                .real(layer.scale())
                .real(call.softcap());
        compute.stream().launch(
                "attention_" + width,
                units.count(),
                1,
                THREADS,
                sharedBytes(width),
                arguments.write(arena));
        if (units.parts() > 0) {
            Arguments merge = new Arguments()
                    .wide(partials, output.address(), base + mergesAt, output.stride(0), output.stride(1))
                    .integers(layer.valueDim(), 0);
            compute.stream().launch(
                    "attention_merge_" + width,
                    units.mergeCount(),
                    1,
                    THREADS,
                    0,
                    merge.write(arena));
            compute.pool().give(partials);
        }
        compute.pool().give(base);
    }

    static boolean aligned(long address, long... strides) {
        boolean aligned = address % DeviceWeight.ALIGNMENT == 0;
        for (long stride : strides) {
            aligned &= stride % 4 == 0;
        }
        return aligned;
    }

    /** Several lists of integers that travel together; each begins at a multiple of 16 bytes. */
    private static final class Numbers {
        private final IntList all = new IntList();

        long add(int[] list) {
            while (all.size() % 4 != 0) {
                all.add(0);
            }
            long at = (long) Integer.BYTES * all.size();
            all.add(list);
            return at;
        }

        long bytes() {
            return (long) Integer.BYTES * all.size();
        }

        MemorySegment write(Arena arena) {
            return arena.allocateFrom(ValueLayout.JAVA_INT, all.toArray());
        }
    }
}
