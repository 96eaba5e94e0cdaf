// y = x W^T for W of four-bit codes in groups: W[i][j] = scale[i][g] * (code[i][j] - zero[i][g]), dequantised on the
// way.
//
// codes    rows of `quads` times 16 bytes; code j of a row takes the bits [4j, 4j+4), lowest first (BitPacking of the
//          SPI), the rest of the last 16 bytes is zero
// scales   [out, groups], f32, f16 or bf16
// zeros    one for all, or packed like codes with 1 to 8 bits and rows of `zero_pitch` bytes, or real [out, groups]
// input    [tokens, in] f32, output [tokens, out] f32, both with a distance between rows
//
// Grid     x: ceil(out / 16), y: ceil(tokens / TOKENS); 256 threads; 16 KiB of shared memory.
// A warp has two rows and goes over them by 16 bytes a lane (1024 codes of a row at a time, read once and not kept in
// the caches). The input lies in shared memory and is read as quads without bank conflicts.
// A code becomes a float by placing it into the mantissa of 128.0 (one byte permutation), from which 128 + zero is
// taken away: exact for integer zero points, and no conversion instruction.
// Bound    bytes: in/2 a row, plus scales. About 3.4 instructions a weight, so that memory is the limit.
// Measured nowhere yet; CudaCheck prints the fraction of the bandwidth.
#include "device.cuh"

namespace lathe {

constexpr int ZERO_CONSTANT = 0;
constexpr int ZERO_PACKED = 1;
constexpr int ZERO_REAL = 2;

struct Int4Arguments {
    const uint4 *codes;
    const void *scales;
    const void *zeros;
    const float *input;
    float *output;
    long long input_stride;
    long long output_stride;
    int rows;
    int columns;
    int tokens;
    int quads;
    int group;
    int groups;
    int scale_type;
    int zero_mode;
    int zero_bits; // of packed zero points; the type of real ones
    int zero_pitch;
    float zero;
    int aligned; // whether rows of the input can be read by 16 bytes
};

struct GroupConstants {
    float scale;
    float shifted_zero; // 128 + zero
};

__device__ __forceinline__ float packed_zero(const Int4Arguments &a, int row, int group) {
    const unsigned char *zeros = static_cast<const unsigned char *>(a.zeros) + static_cast<size_t>(row) * a.zero_pitch;
    const int bit = group * a.zero_bits;
    const int shift = bit & 7;
    unsigned value = __ldg(zeros + (bit >> 3));
    if (shift + a.zero_bits > 8) {
        value |= static_cast<unsigned>(__ldg(zeros + (bit >> 3) + 1)) << 8;
    }
    return static_cast<float>(value >> shift & ((1u << a.zero_bits) - 1));
}

__device__ __forceinline__ GroupConstants constants_of(const Int4Arguments &a, int row, int column) {
    const int safe_row = row < a.rows ? row : a.rows - 1;
    int group = column / a.group;
    group = group < a.groups ? group : a.groups - 1;
    const size_t index = static_cast<size_t>(safe_row) * a.groups + group;
    float zero = a.zero;
    if (a.zero_mode == ZERO_PACKED) {
        zero = packed_zero(a, safe_row, group);
    } else if (a.zero_mode == ZERO_REAL) {
        zero = load_real(a.zeros, a.zero_bits, index);
    }
    return {load_real(a.scales, a.scale_type, index), 128.0f + zero};
}

// Four codes as floats 128 + code: codes 0..3 (half 0) or 4..7 (half 1) of a word whose even codes are the bytes of
// `even`.
template <int HALF> __device__ __forceinline__ float4 shifted_codes(unsigned even, unsigned odd) {
    constexpr unsigned BASE = 0x43000000u; // 128.0f, its byte 7 of the permutation
    constexpr unsigned FIRST = HALF == 0 ? 0x7044u : 0x7244u;
    constexpr unsigned SECOND = HALF == 0 ? 0x7144u : 0x7344u;
    return make_float4(__uint_as_float(__byte_perm(even, BASE, FIRST)), __uint_as_float(__byte_perm(odd, BASE, FIRST)),
                       __uint_as_float(__byte_perm(even, BASE, SECOND)),
                       __uint_as_float(__byte_perm(odd, BASE, SECOND)));
}

__device__ __forceinline__ float dot(float4 codes, float zero, float4 x, float sum) {
    sum = fmaf(codes.x - zero, x.x, sum);
    sum = fmaf(codes.y - zero, x.y, sum);
    sum = fmaf(codes.z - zero, x.z, sum);
    return fmaf(codes.w - zero, x.w, sum);
}

// UNIT: codes that are known to share a group, 32 or 8.
template <int UNIT, int TOKENS> struct Int4Quad {
    const Int4Arguments &a;
    const float4 *tile;
    int first_row;
    GroupConstants constants[GEMV_ROWS];
    float part[GEMV_ROWS][TOKENS];

    __device__ __forceinline__ void open(int column) {
#pragma unroll
        for (int r = 0; r < GEMV_ROWS; r++) {
            constants[r] = constants_of(a, first_row + r, column);
#pragma unroll
            for (int t = 0; t < TOKENS; t++) {
                part[r][t] = 0.0f;
            }
        }
    }

    __device__ __forceinline__ void close(float (&sums)[GEMV_ROWS][TOKENS]) {
#pragma unroll
        for (int r = 0; r < GEMV_ROWS; r++) {
#pragma unroll
            for (int t = 0; t < TOKENS; t++) {
                sums[r][t] = fmaf(constants[r].scale, part[r][t], sums[r][t]);
            }
        }
    }

    template <int HALF>
    __device__ __forceinline__ void add(const unsigned (&even)[GEMV_ROWS], const unsigned (&odd)[GEMV_ROWS], int quad) {
        constexpr int QUADS = STAGED_FLOATS / TOKENS / 4;
        float4 codes[GEMV_ROWS];
#pragma unroll
        for (int r = 0; r < GEMV_ROWS; r++) {
            codes[r] = shifted_codes<HALF>(even[r], odd[r]);
        }
#pragma unroll
        for (int t = 0; t < TOKENS; t++) {
            const float4 x = tile[t * QUADS + swizzled(quad)];
#pragma unroll
            for (int r = 0; r < GEMV_ROWS; r++) {
                part[r][t] = dot(codes[r], constants[r].shifted_zero, x, part[r][t]);
            }
        }
    }

    // Eight codes of each row.
    __device__ __forceinline__ void add_word(const unsigned (&words)[GEMV_ROWS], int quad) {
        unsigned even[GEMV_ROWS];
        unsigned odd[GEMV_ROWS];
#pragma unroll
        for (int r = 0; r < GEMV_ROWS; r++) {
            even[r] = words[r] & 0x0f0f0f0fu;
            odd[r] = words[r] >> 4 & 0x0f0f0f0fu;
        }
        add<0>(even, odd, quad);
        add<1>(even, odd, quad + 1);
    }

    // 32 codes of each row, the first of them at a column; `quad` is where its input lies in the tile.
    __device__ __forceinline__ void add_all(const uint4 (&packed)[GEMV_ROWS], int quad, int column,
                                            float (&sums)[GEMV_ROWS][TOKENS]) {
        open(column);
#pragma unroll(UNIT == 32 ? 4 : 1)
        for (int word = 0; word < 4; word++) {
            if (UNIT < 32 && word > 0) {
                close(sums);
                open(column + 8 * word);
            }
            unsigned words[GEMV_ROWS];
#pragma unroll
            for (int r = 0; r < GEMV_ROWS; r++) {
                words[r] = word == 0   ? packed[r].x
                           : word == 1 ? packed[r].y
                           : word == 2 ? packed[r].z
                                       : packed[r].w;
            }
            add_word(words, quad + 2 * word);
        }
        close(sums);
    }
};

template <int UNIT, int TOKENS> __device__ __forceinline__ void int4_gemv(const Int4Arguments &a) {
    constexpr int COLUMNS = STAGED_FLOATS / TOKENS;
    LATHE_SHARED(float4, tile);
    const int lane = threadIdx.x % WARP;
    const int first_row = (blockIdx.x * GEMV_WARPS + threadIdx.x / WARP) * GEMV_ROWS;
    const int first_token = blockIdx.y * TOKENS;
    float sums[GEMV_ROWS][TOKENS] = {};
    Int4Quad<UNIT, TOKENS> quads{a, tile, first_row, {}, {}};
    for (int start = 0; start < a.columns; start += COLUMNS) {
        __syncthreads();
        stage_inputs<TOKENS>(tile, a.input, a.input_stride, first_token, a.tokens, start, a.columns, a.aligned);
        __syncthreads();
        const int end = min(COLUMNS / 32, a.quads - start / 32);
#pragma unroll(UNIT == 32 ? 2 : 1)
        for (int i = lane; i < end; i += WARP) {
            uint4 packed[GEMV_ROWS];
#pragma unroll
            for (int r = 0; r < GEMV_ROWS; r++) {
                packed[r] = first_row + r < a.rows
                                ? __ldcs(a.codes + static_cast<size_t>(first_row + r) * a.quads + start / 32 + i)
                                : make_uint4(0, 0, 0, 0);
            }
            quads.add_all(packed, 8 * i, start + 32 * i, sums);
        }
    }
    write_sums<TOKENS>(sums, a.output, a.output_stride, first_row, a.rows, first_token, a.tokens);
}

// Groups that may end at any code: every code looks up its own constants. Odd sizes are rare, so that it need not be
// fast; its loops are not unrolled, which keeps it small.
__device__ __forceinline__ void int4_gemv_odd(const Int4Arguments &a) {
    constexpr int TOKENS = 4;
    constexpr int COLUMNS = STAGED_FLOATS / TOKENS;
    LATHE_SHARED(float4, tile);
    const int first_row = (blockIdx.x * GEMV_WARPS + threadIdx.x / WARP) * GEMV_ROWS;
    const int first_token = blockIdx.y * TOKENS;
    float sums[GEMV_ROWS][TOKENS] = {};
    for (int start = 0; start < a.columns; start += COLUMNS) {
        __syncthreads();
        stage_inputs<TOKENS>(tile, a.input, a.input_stride, first_token, a.tokens, start, a.columns, a.aligned);
        __syncthreads();
        const int end = min(COLUMNS, a.columns - start);
#pragma unroll 1
        for (int i = threadIdx.x % WARP; i < end; i += WARP) {
            const int column = start + i;
#pragma unroll
            for (int r = 0; r < GEMV_ROWS; r++) {
                const int row = min(first_row + r, a.rows - 1);
                const unsigned char *codes =
                    reinterpret_cast<const unsigned char *>(a.codes + static_cast<size_t>(row) * a.quads);
                const unsigned code = __ldg(codes + column / 2) >> 4 * (column & 1) & 15u;
                const GroupConstants constants = constants_of(a, row, column);
                const float weight = constants.scale * (128.0f + static_cast<float>(code) - constants.shifted_zero);
#pragma unroll
                for (int t = 0; t < TOKENS; t++) {
                    const float *x = reinterpret_cast<const float *>(tile + t * (COLUMNS / 4) + swizzled(i / 4));
                    sums[r][t] = fmaf(weight, x[i % 4], sums[r][t]);
                }
            }
        }
    }
    write_sums<TOKENS>(sums, a.output, a.output_stride, first_row, a.rows, first_token, a.tokens);
}

} // namespace lathe

#define LATHE_INT4(NAME, UNIT, TOKENS)                                                                                 \
    LATHE_KERNEL(NAME, lathe::GEMV_THREADS, lathe::Int4Arguments) { lathe::int4_gemv<UNIT, TOKENS>(arguments); }       \
    LATHE_EXPORT(NAME, lathe::Int4Arguments)

LATHE_INT4(int4_gemv_unit32_tokens1, 32, 1)
LATHE_INT4(int4_gemv_unit32_tokens4, 32, 4)
LATHE_INT4(int4_gemv_unit8_tokens1, 8, 1)
LATHE_INT4(int4_gemv_unit8_tokens4, 8, 4)
LATHE_KERNEL(int4_gemv_odd_tokens4, lathe::GEMV_THREADS, lathe::Int4Arguments) { lathe::int4_gemv_odd(arguments); }
LATHE_EXPORT(int4_gemv_odd_tokens4, lathe::Int4Arguments)
