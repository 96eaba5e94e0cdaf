package lathe.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.backend.Compute;

/**
 * Runs all cases on a graphics processor and prints what came out, without JUnit, for machines that have a driver and not
 * much else: {@code java ... lathe.cuda.CudaCheck [device] [rounds]}. Without rounds 10; with 0 only few cases and no times.
 * Ends with 0 if everything is right, 1 if something is wrong, 2 if there is no device.
 */
final class CudaCheck {
    private final Device device;
    private final int rounds;
    private int wrong;

    private CudaCheck(Device device, int rounds) {
        this.device = device;
        this.rounds = rounds;
    }

    public static void main(String[] arguments) {
        int index = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
        Optional<String> reason = new CudaBackend(new CudaConfig(index)).unavailable();
        if (reason.isPresent()) {
            System.out.println("unavailable: " + reason.get());
            System.exit(2);
        }
        System.exit(new CudaCheck(DriverDevice.open(index), rounds).run());
    }

    private int run() {
        System.out.println("device: " + device.description());
        System.out.println("cpu:    " + Engine.shared().description());
        try (Compute cpu = new CpuBackend().open(Engine.shared().parallel());
                CudaCompute compute = new CudaCompute(device)) {
            check("int4", WeightCases.int4(20 * rounds), compute, cpu);
            check("n:m", WeightCases.nm(16 * rounds), compute, cpu);
            check("attention", attention(), compute, cpu);
            if (rounds > 0) {
                new CudaSpeeds(compute, cpu).print();
            }
        }
        System.out.println(wrong == 0 ? "everything is right" : wrong + " cases are wrong");
        return wrong == 0 ? 0 : 1;
    }

    private List<KernelCase> attention() {
        List<KernelCase> all = AttentionCases.all(Math.max(1, rounds));
        return rounds > 0 ? all : IntStream.range(0, all.size()).filter(i -> i % 4 == 1).mapToObj(all::get).toList();
    }

    private void check(String family, List<KernelCase> cases, Compute compute, Compute cpu) {
        double largest = 0;
        List<String> complaints = new ArrayList<>();
        for (KernelCase one : cases) {
            try {
                double error = one.run(compute, cpu).error();
                largest = Math.max(largest, error);
                if (!(error < KernelCase.TOLERANCE)) {
                    complaints.add(one + ": off by " + error);
                }
            } catch (RuntimeException | AssertionError failure) {
                complaints.add(one + ": " + failure);
            }
        }
        wrong += complaints.size();
        System.out.printf(Locale.ROOT, "%-10s %4d cases, largest error %.1e of the largest number, %d wrong%n", family,
                cases.size(), largest, complaints.size());
        complaints.stream().limit(20).forEach(complaint -> System.out.println("  WRONG " + complaint));
    }
}
