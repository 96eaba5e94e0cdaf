// What the kernels share. Compiled by nvcc for graphics processors, and by g++ with LATHE_EMULATION defined, where a
// small header plays the processor (src/test/cuda/emulation.h).
//
// Every kernel takes one structure by value. Its fields of eight bytes come first, then those of four, so that there is
// no padding in between and the caller can write one after the other.
#pragma once

#ifdef LATHE_EMULATION
#include "emulation.h"
#else
#define LATHE_SHARED(TYPE, NAME)                                                                                       \
    extern __shared__ __align__(16) unsigned char lathe_shared_memory[];                                               \
    TYPE *const NAME = reinterpret_cast<TYPE *>(lathe_shared_memory)
#define LATHE_KERNEL(NAME, THREADS, ARGUMENTS)                                                                         \
    extern "C" __global__ void __launch_bounds__(THREADS) NAME(const ARGUMENTS arguments)
#define LATHE_EXPORT(NAME, ARGUMENTS)
#endif

namespace lathe {

constexpr int WARP = 32;
constexpr unsigned ALL_LANES = 0xffffffffu;

// Numbers of the float types in structures.
constexpr int TYPE_F32 = 0;
constexpr int TYPE_F16 = 1;
constexpr int TYPE_BF16 = 2;

__device__ __forceinline__ float bf16_to_float(unsigned bits) { return __uint_as_float(bits << 16); }

__device__ __forceinline__ float f16_to_float(unsigned bits) {
#ifdef LATHE_EMULATION
    return emulated_f16(bits);
#else
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(static_cast<unsigned short>(bits)));
    return value;
#endif
}

// One number of an array whose type is known when the kernel runs; the same for all threads, so that nothing diverges.
__device__ __forceinline__ float load_real(const void *__restrict__ base, int type, size_t index) {
    if (type == TYPE_F32) {
        return __ldg(static_cast<const float *>(base) + index);
    }
    const unsigned bits = __ldg(static_cast<const unsigned short *>(base) + index);
    return type == TYPE_F16 ? f16_to_float(bits) : bf16_to_float(bits);
}

__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        value += __shfl_xor_sync(ALL_LANES, value, distance);
    }
    return value;
}

__device__ __forceinline__ float warp_max(float value) {
#pragma unroll
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, distance));
    }
    return value;
}

// Where quad f (four floats) of a vector lies in shared memory. Threads that read quads 8 or 4 apart, each its own
// piece of the vector, then meet no bank twice; threads that write neighbours do not either.
__device__ __forceinline__ int swizzled(int quad) { return quad ^ ((quad >> 3) & 7); }

// Floats of shared memory that hold the inputs of a matrix-vector product: 16 KiB, so that several blocks fit.
constexpr int STAGED_FLOATS = 4096;
constexpr int GEMV_WARPS = 8;
constexpr int GEMV_THREADS = GEMV_WARPS * WARP;
// Rows that a warp computes at a time: each number of the input that it reads from shared memory serves them all.
constexpr int GEMV_ROWS = 2;

// Copies a range of columns of some tokens to shared memory, zeros where there is no column or token. All threads of a
// block call it.
template <int TOKENS>
__device__ __forceinline__ void stage_inputs(float4 *__restrict__ tile, const float *__restrict__ input,
                                             long long stride, int first_token, int tokens, int start, int columns,
                                             bool aligned) {
    constexpr int QUADS = STAGED_FLOATS / TOKENS / 4;
    for (int i = threadIdx.x; i < TOKENS * QUADS; i += GEMV_THREADS) {
        const int token = first_token + i / QUADS;
        const int quad = i % QUADS;
        const int column = start + 4 * quad;
        float4 value = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        if (token < tokens && column < columns) {
            const float *source = input + token * stride + column;
            if (aligned && column + 4 <= columns) {
                value = __ldg(reinterpret_cast<const float4 *>(source));
            } else {
                value.x = __ldg(source);
                value.y = column + 1 < columns ? __ldg(source + 1) : 0.0f;
                value.z = column + 2 < columns ? __ldg(source + 2) : 0.0f;
                value.w = column + 3 < columns ? __ldg(source + 3) : 0.0f;
            }
        }
        tile[i / QUADS * QUADS + swizzled(quad)] = value;
    }
}

// Adds up what the lanes of a warp have summed and writes it.
template <int TOKENS>
__device__ __forceinline__ void write_sums(const float (&sums)[GEMV_ROWS][TOKENS], float *__restrict__ output,
                                           long long stride, int first_row, int rows, int first_token, int tokens) {
    const int lane = threadIdx.x % WARP;
#pragma unroll
    for (int r = 0; r < GEMV_ROWS; r++) {
#pragma unroll
        for (int t = 0; t < TOKENS; t++) {
            const float sum = warp_sum(sums[r][t]);
            if (lane == 0 && first_row + r < rows && first_token + t < tokens) {
                output[(first_token + t) * stride + first_row + r] = sum;
            }
        }
    }
}

} // namespace lathe
