package lathe.engine.blas;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** OpenBLAS's names for families of CPUs, as far as their vector instructions rank them. */
public final class CoreType {
    /** From the least to the most able. Families of the same instructions share a line. */
    private static final List<Set<String>> RANKS = List.of(
            Set.of("prescott", "northwood", "core2", "penryn", "dunnington", "atom", "opteron", "barcelona", "bobcat"),
            Set.of("nehalem"), Set.of("sandybridge", "bulldozer", "piledriver", "steamroller"),
            Set.of("haswell", "zen", "excavator"), Set.of("skylakex"), Set.of("cooperlake"), Set.of("sapphirerapids"));

    private CoreType() {}

    /**
     * Whether a setting of {@code OPENBLAS_CORETYPE} asks for less than a CPU can do. Unknown names never do.
     *
     * @param name  the setting
     * @param flags features of the CPU as Linux lists them
     * @return true if the CPU has wider or newer vector instructions than that core
     */
    public static boolean isLesser(String name, Set<String> flags) {
        int rank = rank(name);
        return rank >= 0 && rank < rank(best(flags));
    }

    private static int rank(String name) {
        String lower = name.strip().toLowerCase(Locale.ROOT);
        for (int i = 0; i < RANKS.size(); i++) {
            if (RANKS.get(i).contains(lower)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * The family whose vector instructions a CPU has.
     *
     * @param flags features of the CPU as Linux lists them
     * @return OpenBLAS's name in lower case
     */
    static String best(Set<String> flags) {
        if (flags.containsAll(Set.of("avx512f", "avx512bw", "avx512dq", "avx512vl"))) {
            if (flags.contains("avx512_bf16")) {
                return flags.contains("amx_bf16") ? "sapphirerapids" : "cooperlake";
            }
            return "skylakex";
        }
        if (flags.contains("avx2") && flags.contains("fma")) {
            return "haswell";
        }
        if (flags.contains("avx")) {
            return "sandybridge";
        }
        return flags.contains("sse4_2") ? "nehalem" : "prescott";
    }

    /**
     * Features of this machine's CPU.
     *
     * @return their names, empty where the system does not list them
     */
    public static Set<String> cpuFlags() {
        return cpuLine("flags").map(line -> (Set<String>) new HashSet<>(List.of(line.split(" ")))).orElse(Set.of());
    }

    /**
     * Name of this machine's CPU.
     *
     * @return its name, or the architecture where the system does not tell
     */
    public static String cpuName() {
        return cpuLine("model name").orElse(System.getProperty("os.arch"));
    }

    /**
     * Whether this machine's CPU multiplies subnormal numbers as quickly as others; many take a hundred times as long.
     * Measured on AMD's Zen 3, which stands for its makers' other ones.
     *
     * @return false where the system does not tell
     */
    public static boolean quickSubnormals() {
        return cpuLine("vendor_id").map("AuthenticAMD"::equals).orElse(false);
    }

    private static Optional<String> cpuLine(String key) {
        Path file = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(file)) {
            return Optional.empty();
        }
        try (var lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
