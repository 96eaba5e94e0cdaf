// A driver for tests: the functions of NVIDIA's driver that the backend calls, over the emulated processor. So the way
// from Java through JCuda to a launched kernel is walked on machines without a graphics processor too. It is an old
// driver, which takes no machine code of newer compilers, and a strict one: work needs a context, more shared memory
// than 48 KiB must have been asked for, and memory is given back whole.
#include "../../main/cuda/kernels.cu"

#include <dlfcn.h>
#include <map>
#include <mutex>

namespace {

constexpr int SUCCESS = 0;
constexpr int INVALID_VALUE = 1;
constexpr int OUT_OF_MEMORY = 2;
constexpr int INVALID_IMAGE = 200;
constexpr int INVALID_CONTEXT = 201;
constexpr int NOT_FOUND = 500;
constexpr int LAUNCH_FAILED = 719;
constexpr size_t MEMORY = size_t{1} << 30;

using Kernel = const char *(*)(const emulation::Launch *, const void *);

struct Function {
    Kernel kernel;
    int argument_bytes;
    int shared_bytes = 48 << 10;
};

struct Copy2D {
    size_t source_x, source_y;
    unsigned source_type;
    const void *source_host;
    unsigned long long source_device;
    void *source_array;
    size_t source_pitch;
    size_t target_x, target_y;
    unsigned target_type;
    void *target_host;
    unsigned long long target_device;
    void *target_array;
    size_t target_pitch;
    size_t width, height;
};

std::mutex lock;
std::map<std::string, Function> functions;
std::map<unsigned long long, size_t> allocated;
size_t used = 0;
thread_local bool current = false;
int context, module, stream, event;

// Whether bytes lie within one allocation.
bool holds(unsigned long long address, size_t bytes) {
    std::lock_guard<std::mutex> guard(lock);
    auto after = allocated.upper_bound(address);
    if (after == allocated.begin()) {
        return false;
    }
    --after;
    return address + bytes <= after->first + after->second;
}

void *symbol(const std::string &name) {
    Dl_info self;
    dladdr(reinterpret_cast<void *>(&symbol), &self);
    void *library = dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    return library == nullptr ? nullptr : dlsym(library, name.c_str());
}

char *at(unsigned long long address) { return reinterpret_cast<char *>(address); }

} // namespace

extern "C" {

int cuInit(unsigned) { return SUCCESS; }

int cuDriverGetVersion(int *version) {
    *version = 11040;
    return SUCCESS;
}

int cuDeviceGetCount(int *count) {
    *count = 1;
    return SUCCESS;
}

int cuDeviceGet(int *device, int) {
    *device = 0;
    return SUCCESS;
}

int cuDeviceGetName(char *name, int length, int) {
    std::snprintf(name, length, "Emulated processor");
    return SUCCESS;
}

int cuDeviceTotalMem_v2(size_t *bytes, int) {
    *bytes = MEMORY;
    return SUCCESS;
}

int cuDeviceGetAttribute(int *value, int attribute, int) {
    switch (attribute) {
    case 16: // multiprocessors
        *value = 2;
        return SUCCESS;
    case 75: // compute capability
        *value = 8;
        return SUCCESS;
    case 76:
        *value = 6;
        return SUCCESS;
    case 97: // shared memory of a block when it is asked for
        *value = 99 << 10;
        return SUCCESS;
    default:
        return INVALID_VALUE;
    }
}

int cuDevicePrimaryCtxRetain(void **made, int) {
    *made = &context;
    return SUCCESS;
}

int cuDevicePrimaryCtxRelease_v2(int) { return used == 0 ? SUCCESS : INVALID_VALUE; }

int cuCtxSetCurrent(void *given) {
    current = given == &context;
    return current ? SUCCESS : INVALID_CONTEXT;
}

int cuModuleLoadData(void **made, const void *image) {
    *made = &module;
    // Text ends with a zero; machine code begins with another byte than text.
    const char *text = static_cast<const char *>(image);
    const bool portable = *text != 0x7f && std::strstr(text, "\n.version 7.0\n") != nullptr;
    return current && portable ? SUCCESS : INVALID_IMAGE;
}

int cuModuleUnload(void *) { return SUCCESS; }

int cuModuleGetFunction(void **made, void *, const char *name) {
    void *kernel = symbol(std::string("emulate_") + name);
    void *bytes = symbol(std::string("emulated_bytes_") + name);
    if (kernel == nullptr || bytes == nullptr) {
        return NOT_FOUND;
    }
    Function &function = functions[name];
    function.kernel = reinterpret_cast<Kernel>(kernel);
    function.argument_bytes = reinterpret_cast<int (*)()>(bytes)();
    *made = &function;
    return SUCCESS;
}

int cuFuncSetAttribute(void *function, int attribute, int value) {
    if (attribute != 8 || value > 99 << 10) {
        return INVALID_VALUE;
    }
    static_cast<Function *>(function)->shared_bytes = value;
    return SUCCESS;
}

int cuMemAlloc_v2(unsigned long long *address, size_t bytes) {
    std::lock_guard<std::mutex> guard(lock);
    if (!current) {
        return INVALID_CONTEXT;
    }
    if (used + bytes > MEMORY) {
        return OUT_OF_MEMORY;
    }
    void *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    std::memset(memory, 0xff, bytes); // no numbers
    used += bytes;
    *address = reinterpret_cast<unsigned long long>(memory);
    allocated[*address] = bytes;
    return SUCCESS;
}

int cuMemFree_v2(unsigned long long address) {
    std::lock_guard<std::mutex> guard(lock);
    const auto found = allocated.find(address);
    if (found == allocated.end()) {
        return INVALID_VALUE;
    }
    used -= found->second;
    allocated.erase(found);
    std::free(at(address));
    return SUCCESS;
}

int cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
    *memory = std::malloc(bytes);
    return SUCCESS;
}

int cuMemFreeHost(void *memory) {
    std::free(memory);
    return SUCCESS;
}

int cuStreamCreate(void **made, unsigned) {
    *made = &stream;
    return current ? SUCCESS : INVALID_CONTEXT;
}

int cuStreamDestroy_v2(void *) { return SUCCESS; }

int cuStreamSynchronize(void *given) { return given == &stream ? SUCCESS : INVALID_VALUE; }

int cuStreamWaitEvent(void *given, void *point, unsigned) {
    return given == &stream && point == &event ? SUCCESS : INVALID_VALUE;
}

int cuEventCreate(void **made, unsigned) {
    *made = &event;
    return SUCCESS;
}

int cuEventDestroy_v2(void *) { return SUCCESS; }

int cuEventRecord(void *point, void *given) { return given == &stream && point == &event ? SUCCESS : INVALID_VALUE; }

int cuEventQuery(void *point) { return point == &event ? SUCCESS : INVALID_VALUE; }

int cuEventSynchronize(void *point) { return point == &event ? SUCCESS : INVALID_VALUE; }

int cuMemcpyHtoDAsync_v2(unsigned long long target, const void *source, size_t bytes, void *given) {
    if (given != &stream || !holds(target, bytes)) {
        return INVALID_VALUE;
    }
    std::memcpy(at(target), source, bytes);
    return SUCCESS;
}

int cuMemcpyDtoHAsync_v2(void *target, unsigned long long source, size_t bytes, void *given) {
    if (given != &stream || !holds(source, bytes)) {
        return INVALID_VALUE;
    }
    std::memcpy(target, at(source), bytes);
    return SUCCESS;
}

int cuMemcpyDtoDAsync_v2(unsigned long long target, unsigned long long source, size_t bytes, void *given) {
    if (given != &stream || !holds(source, bytes) || !holds(target, bytes)) {
        return INVALID_VALUE;
    }
    std::memmove(at(target), at(source), bytes);
    return SUCCESS;
}

int cuMemcpy2DAsync_v2(const Copy2D *copy, void *given) {
    if (given != &stream || copy->source_type != 2 || copy->target_type != 2 || copy->source_pitch < copy->width ||
        copy->target_pitch < copy->width) {
        return INVALID_VALUE;
    }
    for (size_t row = 0; row < copy->height; row++) {
        const int result = cuMemcpyDtoDAsync_v2(copy->target_device + row * copy->target_pitch,
                                                copy->source_device + row * copy->source_pitch, copy->width, given);
        if (result != SUCCESS) {
            return result;
        }
    }
    return SUCCESS;
}

int cuMemsetD8Async(unsigned long long target, unsigned char value, size_t bytes, void *given) {
    if (given != &stream || !holds(target, bytes)) {
        return INVALID_VALUE;
    }
    std::memset(at(target), value, bytes);
    return SUCCESS;
}

int cuLaunchKernel(void *given, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                   unsigned block_z, unsigned shared_bytes, void *queue, void **parameters, void **) {
    const Function &function = *static_cast<Function *>(given);
    if (queue != &stream || grid_z != 1 || block_y != 1 || block_z != 1 ||
        static_cast<int>(shared_bytes) > function.shared_bytes) {
        return INVALID_VALUE;
    }
    const emulation::Launch launch{static_cast<int>(grid_x),       static_cast<int>(grid_y),
                                   static_cast<int>(block_x),      static_cast<int>(shared_bytes),
                                   0,                              function.argument_bytes};
    const char *problem = function.kernel(&launch, parameters[0]);
    if (problem != nullptr) {
        std::fprintf(stderr, "%s\n", problem);
        return LAUNCH_FAILED;
    }
    return SUCCESS;
}
}
