package lathe.engine.blas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenBLAS and its LAPACK, called on off-heap memory without copies. It is told to use one thread: the engine's own pool
 * calls it on tiles with fixed borders, so that results do not depend on the number of threads.
 */
public final class OpenBlas implements Gemm {
    static final int ROW_MAJOR = 101;
    static final int COLUMN_MAJOR = 102;
    private static final int NOT_TRANSPOSED = 111;
    private static final int TRANSPOSED = 112;
    private static final Logger LOG = LoggerFactory.getLogger(OpenBlas.class);
    private static final String CORE_TYPE = "OPENBLAS_CORETYPE";
    private static final Linker LINKER = Linker.nativeLinker();

    private final SymbolLookup library;
    private final MethodHandle sgemm;

    private OpenBlas(SymbolLookup library) {
        this.library = library;
        call(function("openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT)), 1);
        this.sgemm = function("cblas_sgemm", FunctionDescriptor.ofVoid(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT,
                JAVA_INT, JAVA_FLOAT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_FLOAT, ADDRESS, JAVA_INT));
    }

    /** One library a process: it cannot be loaded a second time with another core type. */
    private static final class Holder {
        static final Optional<OpenBlas> LOADED = load();

        private static Optional<OpenBlas> load() {
            Optional<List<Path>> files = NativeFiles.find();
            if (files.isEmpty()) {
                return Optional.empty();
            }
            chooseCore();
            SymbolLookup last = null;
            for (Path file : files.get()) {
                last = SymbolLookup.libraryLookup(file, Arena.global());
            }
            return Optional.of(new OpenBlas(last));
        }
    }

    /**
     * The library.
     *
     * @return empty if there is none for this platform
     */
    public static Optional<OpenBlas> find() {
        return Holder.LOADED;
    }

    /** Sets the variable that OpenBLAS reads while it is loaded. */
    private static void chooseCore() {
        String wanted = System.getProperty("lathe.openblas.coretype");
        String inherited = System.getenv(CORE_TYPE);
        if (wanted != null) {
            environment(wanted);
            LOG.info("OpenBLAS is told to use its kernels for {} (lathe.openblas.coretype).", wanted);
        } else if (inherited != null && CoreType.isLesser(inherited, CoreType.cpuFlags())) {
            environment(null);
            LOG.info("{}={} names a lesser core than this CPU has: ignored (-Dlathe.openblas.coretype={} keeps it).",
                    CORE_TYPE, inherited, inherited);
        }
    }

    private static void environment(String value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(CORE_TYPE);
            SymbolLookup system = LINKER.defaultLookup();
            if (value == null) {
                call(LINKER.downcallHandle(system.findOrThrow("unsetenv"), FunctionDescriptor.of(JAVA_INT, ADDRESS)),
                        name);
            } else {
                call(LINKER.downcallHandle(system.findOrThrow("setenv"),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT)), name, arena.allocateFrom(value),
                        1);
            }
        }
    }

    /** A function of the library. */
    MethodHandle function(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(library.findOrThrow(name), descriptor);
    }

    /** A call where speed does not matter. */
    static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable thrown) {
            throw new IllegalStateException("A call of a native function failed.", thrown);
        }
    }

    /**
     * The kernels that the library chose for this CPU.
     *
     * @return its name for the core
     */
    public String core() {
        Object text = call(function("openblas_get_corename", FunctionDescriptor.of(ADDRESS)));
        return ((MemorySegment) text).reinterpret(64).getString(0);
    }

    @Override
    public void multiply(boolean accumulate, boolean leftTransposed, boolean rightTransposed, int m, int n, int k,
            MemorySegment left, int leftStride, MemorySegment right, int rightStride, MemorySegment target,
            int targetStride) {
        try {
            sgemm.invokeExact(ROW_MAJOR, leftTransposed ? TRANSPOSED : NOT_TRANSPOSED,
                    rightTransposed ? TRANSPOSED : NOT_TRANSPOSED, m, n, k, 1f, left, leftStride, right, rightStride,
                    accumulate ? 1f : 0f, target, targetStride);
        } catch (Throwable thrown) {
            throw new IllegalStateException("cblas_sgemm failed.", thrown);
        }
    }

    @Override
    public String description() {
        return "OpenBLAS (" + core() + ")";
    }
}
