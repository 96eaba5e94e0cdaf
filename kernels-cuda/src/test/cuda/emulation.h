// A graphics processor for tests, in one thread of the CPU: the same kernel sources, compiled by g++.
//
// Every thread of a block is a fiber with a stack of its own; blocks run one after the other. A fiber that waits at a
// barrier or in a shuffle gives way to the next one, so that barriers mean what they mean on the device. What the
// device leaves undefined is an error here: a barrier that some threads never reach, a quad that does not lie at a
// multiple of its size, too little shared memory. Shared memory is filled with NaN before each block. The order of the
// threads can be turned round: kernels without races give the same bits.
#pragma once

#include <cmath>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <ucontext.h>
#include <vector>

#define __device__
#define __forceinline__ inline
#define __launch_bounds__(THREADS)

struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(8) float2 {
    float x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
struct alignas(8) int2 {
    int x, y;
};
struct uint3 {
    unsigned x, y, z;
};

namespace emulation {

constexpr int WARP = 32;
constexpr size_t STACK = 128 * 1024;
// Words after the shared memory of a block, which nobody may write.
constexpr size_t GUARD = 64;

// A place where a number of threads wait for each other.
struct Barrier {
    int expected = 0;
    int arrived = 0;
    unsigned generation = 0;
};

struct Warp {
    Barrier barrier;
    uint32_t words[2][WARP];
};

struct Fiber {
    ucontext_t context;
    jmp_buf resume;
    std::unique_ptr<char[]> stack;
    bool started = false;
    bool done = false;
    const Barrier *waits = nullptr;
    unsigned generation = 0;
    int turn = 0; // which of a warp's two sets of words the next shuffle takes
};

struct Processor {
    uint3 grid, block, block_index, thread_index;
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    Barrier barrier;
    std::vector<float> shared;
    jmp_buf scheduler;
    int current = 0;
    std::string problem;
    void (*kernel)(const void *) = nullptr;
    const void *arguments = nullptr;
};

inline thread_local Processor processor;

[[noreturn]] inline void give_way() { _longjmp(processor.scheduler, 1); }

inline void fail(const std::string &sentence) {
    if (processor.problem.empty()) {
        processor.problem = sentence;
    }
    processor.fibers[processor.current].waits = &processor.barrier; // for ever: the scheduler ends the launch
    give_way();
}

inline void wait(Barrier &barrier) {
    Fiber &fiber = processor.fibers[processor.current];
    if (++barrier.arrived == barrier.expected) {
        barrier.arrived = 0;
        barrier.generation++;
        return;
    }
    fiber.waits = &barrier;
    fiber.generation = barrier.generation;
    if (_setjmp(fiber.resume) == 0) {
        give_way();
    }
}

inline Warp &warp() { return processor.warps[processor.current / WARP]; }

inline uint32_t exchange(uint32_t word, int distance) {
    Fiber &fiber = processor.fibers[processor.current];
    const int lane = processor.current % WARP;
    uint32_t *words = warp().words[fiber.turn];
    fiber.turn ^= 1; // the next shuffle must not overwrite what others have not read yet
    words[lane] = word;
    wait(warp().barrier);
    return words[lane ^ distance];
}

inline void run_fiber() {
    processor.kernel(processor.arguments);
    processor.fibers[processor.current].done = true;
    give_way();
}

inline void resume(int thread) {
    processor.current = thread;
    processor.thread_index = {static_cast<unsigned>(thread), 0, 0};
    Fiber &fiber = processor.fibers[thread];
    fiber.waits = nullptr;
    if (_setjmp(processor.scheduler) == 0) {
        if (fiber.started) {
            _longjmp(fiber.resume, 1);
        }
        fiber.started = true;
        setcontext(&fiber.context);
    }
}

inline void begin_block() {
    for (Fiber &fiber : processor.fibers) {
        if (!fiber.stack) {
            fiber.stack.reset(new char[STACK]);
        }
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack.get();
        fiber.context.uc_stack.ss_size = STACK;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, run_fiber, 0);
        fiber.started = fiber.done = false;
        fiber.waits = nullptr;
        fiber.turn = 0;
    }
    const int threads = static_cast<int>(processor.fibers.size());
    processor.barrier = Barrier{threads, 0, 0};
    for (Warp &warp : processor.warps) {
        warp.barrier = Barrier{WARP, 0, 0};
    }
    for (float &word : processor.shared) {
        word = std::numeric_limits<float>::quiet_NaN();
    }
}

// Whether the words after the shared memory are still those that were put there.
inline bool guarded() {
    const float mark = std::numeric_limits<float>::quiet_NaN();
    const float *first = processor.shared.data() + processor.shared.size() - GUARD;
    for (size_t i = 0; i < GUARD; i++) {
        if (std::memcmp(first + i, &mark, sizeof mark) != 0) {
            return false;
        }
    }
    return true;
}

// Runs a block; false if it got stuck.
inline bool run_block(bool backwards) {
    begin_block();
    const int threads = static_cast<int>(processor.fibers.size());
    for (int done = 0; done < threads;) {
        bool progress = false;
        for (int i = 0; i < threads; i++) {
            const int thread = backwards ? threads - 1 - i : i;
            Fiber &fiber = processor.fibers[thread];
            if (fiber.done || (fiber.waits != nullptr && fiber.waits->generation == fiber.generation)) {
                continue;
            }
            resume(thread);
            if (!processor.problem.empty()) {
                return false;
            }
            done += fiber.done ? 1 : 0;
            progress = true;
        }
        if (!progress) {
            processor.problem = "Threads wait at a barrier that others do not reach.";
            return false;
        }
    }
    if (!guarded()) {
        processor.problem = "Shared memory is too small for what is written there.";
        return false;
    }
    return true;
}

// What is launched; written by the caller as six ints.
struct Launch {
    int grid_x, grid_y, threads, shared_bytes, backwards, argument_bytes;
};

inline const char *launch(const Launch &launch, void (*kernel)(const void *), const void *arguments, size_t bytes) {
    static thread_local std::string answer;
    processor.problem.clear();
    if (launch.argument_bytes != static_cast<int>(bytes)) {
        answer = "The kernel takes " + std::to_string(bytes) + " bytes of arguments but got " +
                 std::to_string(launch.argument_bytes) + ".";
        return answer.c_str();
    }
    if (launch.threads % WARP != 0) {
        return "Blocks must be whole warps.";
    }
    processor.kernel = kernel;
    processor.arguments = arguments;
    processor.grid = {static_cast<unsigned>(launch.grid_x), static_cast<unsigned>(launch.grid_y), 1};
    processor.block = {static_cast<unsigned>(launch.threads), 1, 1};
    processor.fibers.resize(launch.threads);
    processor.warps.resize(launch.threads / WARP);
    // Sixteen bytes more, so that the memory can begin at a multiple of them.
    processor.shared.resize(launch.shared_bytes / 4 + 4 + GUARD);
    for (int y = 0; y < launch.grid_y; y++) {
        for (int x = 0; x < launch.grid_x; x++) {
            processor.block_index = {static_cast<unsigned>(x), static_cast<unsigned>(y), 0};
            if (!run_block(launch.backwards != 0)) {
                answer = "Block " + std::to_string(x) + ", " + std::to_string(y) + ": " + processor.problem;
                return answer.c_str();
            }
        }
    }
    return nullptr;
}

inline void *shared_memory() {
    const auto address = reinterpret_cast<uintptr_t>(processor.shared.data());
    return reinterpret_cast<void *>((address + 15) & ~static_cast<uintptr_t>(15));
}

template <class T> inline T load(const T *address) {
    if (reinterpret_cast<uintptr_t>(address) % alignof(T) != 0) {
        fail("A load of " + std::to_string(sizeof(T)) + " bytes is not aligned.");
    }
    return *address;
}

} // namespace emulation

#define threadIdx (emulation::processor.thread_index)
#define blockIdx (emulation::processor.block_index)
#define blockDim (emulation::processor.block)
#define gridDim (emulation::processor.grid)

#define LATHE_SHARED(TYPE, NAME) TYPE *const NAME = static_cast<TYPE *>(emulation::shared_memory())
#define LATHE_KERNEL(NAME, THREADS, ARGUMENTS) static void NAME(const ARGUMENTS &arguments)
#define LATHE_EXPORT(NAME, ARGUMENTS)                                                                                  \
    extern "C" const char *emulate_##NAME(const emulation::Launch *launch, const void *arguments) {                   \
        return emulation::launch(                                                                                      \
            *launch, [](const void *given) { NAME(*static_cast<const ARGUMENTS *>(given)); }, arguments,               \
            sizeof(ARGUMENTS));                                                                                        \
    }                                                                                                                  \
    extern "C" int emulated_bytes_##NAME() { return sizeof(ARGUMENTS); }

inline void __syncthreads() { emulation::wait(emulation::processor.barrier); }

inline void __syncwarp() { emulation::wait(emulation::warp().barrier); }

inline float __shfl_xor_sync(unsigned, float value, int distance) {
    uint32_t word;
    std::memcpy(&word, &value, 4);
    word = emulation::exchange(word, distance);
    std::memcpy(&value, &word, 4);
    return value;
}

inline float __uint_as_float(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

inline unsigned __byte_perm(unsigned low, unsigned high, unsigned selector) {
    const uint64_t bytes = static_cast<uint64_t>(high) << 32 | low;
    unsigned result = 0;
    for (int i = 0; i < 4; i++) {
        result |= static_cast<unsigned>(bytes >> (selector >> 4 * i & 7) * 8 & 0xff) << 8 * i;
    }
    return result;
}

inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
    return static_cast<unsigned>((static_cast<uint64_t>(high) << 32 | low) >> (shift & 31));
}

template <class T> inline T __ldg(const T *address) { return emulation::load(address); }

template <class T> inline T __ldcs(const T *address) { return emulation::load(address); }

inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

inline int min(int a, int b) { return a < b ? a : b; }

// IEEE half precision, for machines whose compilers do not know it.
inline float emulated_f16(unsigned bits) {
    const unsigned exponent = bits >> 10 & 31;
    const unsigned fraction = bits & 1023;
    const float sign = bits & 0x8000 ? -1.0f : 1.0f;
    if (exponent == 31) {
        return fraction != 0 ? std::numeric_limits<float>::quiet_NaN() : sign * std::numeric_limits<float>::infinity();
    }
    return sign * (exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                 : std::ldexp(static_cast<float>(fraction + 1024), static_cast<int>(exponent) - 25));
}
