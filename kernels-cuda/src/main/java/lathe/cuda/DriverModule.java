package lathe.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

import lathe.spi.LatheException;

/**
 * The compiled kernels: machine code for the device's generation where there is some and the driver takes it, otherwise the
 * portable form that the driver compiles itself. Older drivers do not take machine code of newer compilers.
 */
final class DriverModule implements AutoCloseable {
    /** Generations that there is machine code for, newest first; it runs on later ones of the same first number too. */
    private static final int[][] GENERATIONS = {{12, 0}, {10, 0}, {9, 0}, {8, 0}, {7, 5}};
    /** A block gets so much shared memory without asking. */
    private static final int ORDINARY_SHARED_BYTES = 48 << 10;

    private final CUmodule module;
    private final String name;
    private final Map<String, Integer> raised = new ConcurrentHashMap<>();
    private final Map<String, CUfunction> functions = new ConcurrentHashMap<>();

    private DriverModule(CUmodule module, String name) {
        this.module = module;
        this.name = name;
    }

    static DriverModule load(int[] capability) {
        List<String> reasons = new ArrayList<>();
        for (String image : images(capability)) {
            CUmodule module = new CUmodule();
            int result = JCudaDriver.cuModuleLoadData(module, bytes(image));
            if (result == CUresult.CUDA_SUCCESS) {
                return new DriverModule(module, image);
            }
            reasons.add(image + " (" + CUresult.stringFor(result) + ")");
        }
        throw new LatheException("The NVIDIA driver takes none of the compiled kernels: " + String.join(", ", reasons)
                + ". A newer driver would.");
    }

    /** Files that could run on a device, the best first. */
    static List<String> images(int[] capability) {
        List<String> images = new ArrayList<>();
        for (int[] generation : GENERATIONS) {
            if (generation[0] == capability[0] && generation[1] <= capability[1]) {
                images.add("sm_" + generation[0] + generation[1] + ".cubin");
            }
        }
        images.add("kernels.ptx");
        return images;
    }

    /** A file with a zero after it, by which the driver sees where text ends. */
    private static byte[] bytes(String image) {
        try (InputStream in = DriverModule.class.getResourceAsStream("kernels/" + image)) {
            if (in == null) {
                throw new IllegalStateException("The kernels " + image + " are missing in the bundle.");
            }
            byte[] content = in.readAllBytes();
            return Arrays.copyOf(content, content.length + 1);
        } catch (IOException failure) {
            throw new LatheException("The kernels " + image + " cannot be read: " + failure.getMessage(), failure);
        }
    }

    /** The file that is in use. */
    String name() {
        return name;
    }

    /** A kernel that may use so much shared memory. */
    CUfunction function(String kernel, int sharedBytes) {
        CUfunction function = functions.computeIfAbsent(kernel, this::find);
        if (sharedBytes > ORDINARY_SHARED_BYTES && raised.getOrDefault(kernel, 0) < sharedBytes) {
            DriverDevice.check("cuFuncSetAttribute", JCudaDriver.cuFuncSetAttribute(
                    function,
                    CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                    sharedBytes));
            raised.put(kernel, sharedBytes);
        }
        return function;
    }

    private CUfunction find(String kernel) {
        CUfunction function = new CUfunction();
        DriverDevice.check(
                "cuModuleGetFunction of " + kernel,
                JCudaDriver.cuModuleGetFunction(function, module, kernel));
        return function;
    }

    @Override
    public void close() {
        DriverDevice.check("cuModuleUnload", JCudaDriver.cuModuleUnload(module));
    }
}
