package lathe.cuda;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** A kernel of the emulation as a function that takes a launch and the kernel's arguments. */
record EmulatedKernel(MethodHandle handle) {
    private static final FunctionDescriptor TYPE = FunctionDescriptor.of(
            ValueLayout.ADDRESS,
            ValueLayout.ADDRESS,
            ValueLayout.ADDRESS);

    static EmulatedKernel of(SymbolLookup library, String kernel) {
        MemorySegment symbol = library.find("emulate_" + kernel)
                .orElseThrow(() -> new IllegalStateException("There is no kernel " + kernel + "."));
        return new EmulatedKernel(Linker.nativeLinker().downcallHandle(symbol, TYPE));
    }

    /** The answer: 0, or the address of a sentence that says what went wrong. */
    MemorySegment run(MemorySegment launch, MemorySegment arguments) {
        try {
            return (MemorySegment) handle.invokeExact(launch, arguments);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
