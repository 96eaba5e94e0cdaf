// y = x W^T for W of which half of every 4 or 8 columns is stored (2:4, 4:8), each value with its place in the group.
//
// values   rows of `value_quads` times 16 bytes: in/2 values, f32, f16 or bf16, zeros after the last
// places   rows of `place_words` 32-bit words: place k of a row takes the bits [P k, P (k+1)), P = 2 or 3, lowest first
//          (BitPacking of the SPI); at least one word more than places need, zeros
// input    [tokens, in] f32, output [tokens, out] f32, both with a distance between rows
//
// Grid     x: ceil(out / 16), y: ceil(tokens / TOKENS); 256 threads; 16 KiB of shared memory.
// A lane takes eight values of each of two rows at a time (16 bytes of 16-bit values, neighbours in a warp) and the 16
// columns that they choose from: it reads these as four quads, once for both rows, and chooses in registers. Gathering
// single numbers from shared memory instead would make four lanes wait for one bank.
// Bound    bytes: 2.25 (2:4) or 2.375 (4:8) a stored 16-bit value. About 10 instructions a value, so that memory is the
//          limit.
// Measured nowhere yet; CudaCheck prints the fraction of the bandwidth.
#include "device.cuh"

namespace lathe {

struct NmArguments {
    const uint4 *values;
    const unsigned *places;
    const float *input;
    float *output;
    long long input_stride;
    long long output_stride;
    int rows;
    int columns;
    int tokens;
    int value_quads;
    int place_words;
    int aligned; // whether rows of the input can be read by 16 bytes
};

__device__ __forceinline__ float choose(float4 x, unsigned place) {
    const float low = place & 1u ? x.y : x.x;
    const float high = place & 1u ? x.w : x.z;
    return place & 2u ? high : low;
}

// Eight values of a row as floats. There is one unit of eight more than 16 bytes hold only for f32.
template <int TYPE>
__device__ __forceinline__ void load_values(const uint4 *__restrict__ row, int octet, int quads, float (&values)[8]) {
    if (TYPE == TYPE_F32) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const uint4 bits =
                2 * octet + half < quads ? __ldcs(row + 2 * octet + half) : make_uint4(0, 0, 0, 0);
            values[4 * half] = __uint_as_float(bits.x);
            values[4 * half + 1] = __uint_as_float(bits.y);
            values[4 * half + 2] = __uint_as_float(bits.z);
            values[4 * half + 3] = __uint_as_float(bits.w);
        }
    } else {
        const uint4 bits = __ldcs(row + octet);
        const unsigned words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
        for (int i = 0; i < 4; i++) {
            values[2 * i] = TYPE == TYPE_F16 ? f16_to_float(words[i] & 0xffffu) : bf16_to_float(words[i] & 0xffffu);
            values[2 * i + 1] = TYPE == TYPE_F16 ? f16_to_float(words[i] >> 16) : bf16_to_float(words[i] >> 16);
        }
    }
}

// The places of eight values.
template <int BITS> __device__ __forceinline__ unsigned load_places(const unsigned *__restrict__ row, int octet) {
    const int bit = octet * 8 * BITS;
    const unsigned word = __ldcs(row + (bit >> 5));
    if (BITS == 2) {
        return word >> (bit & 31);
    }
    return __funnelshift_r(word, __ldcs(row + (bit >> 5) + 1), bit & 31);
}

// Sum of eight values with what they choose of 16 columns.
template <int GROUP>
__device__ __forceinline__ float dot_chosen(const float (&values)[8], unsigned places, const float4 (&x)[4],
                                            float sum) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
        if (GROUP == 4) {
            sum = fmaf(values[i], choose(x[i / 2], places >> (2 * i)), sum);
        } else {
            const unsigned place = places >> (3 * i);
            const float low = choose(x[i / 4 * 2], place);
            const float high = choose(x[i / 4 * 2 + 1], place);
            sum = fmaf(values[i], place & 4u ? high : low, sum);
        }
    }
    return sum;
}

template <int GROUP, int TYPE, int TOKENS> __device__ __forceinline__ void nm_gemv(const NmArguments &a) {
    constexpr int COLUMNS = STAGED_FLOATS / TOKENS;
    constexpr int BITS = GROUP == 4 ? 2 : 3;
    LATHE_SHARED(float4, tile);
    const int lane = threadIdx.x % WARP;
    const int first_row = (blockIdx.x * GEMV_WARPS + threadIdx.x / WARP) * GEMV_ROWS;
    const int first_token = blockIdx.y * TOKENS;
    const int octets = (a.columns + 15) / 16;
    float sums[GEMV_ROWS][TOKENS] = {};
    for (int start = 0; start < a.columns; start += COLUMNS) {
        __syncthreads();
        stage_inputs<TOKENS>(tile, a.input, a.input_stride, first_token, a.tokens, start, a.columns, a.aligned);
        __syncthreads();
        const int end = min(COLUMNS / 16, octets - start / 16);
#pragma unroll(TOKENS == 1 ? 2 : 1)
        for (int i = lane; i < end; i += WARP) {
            float values[GEMV_ROWS][8];
            unsigned places[GEMV_ROWS];
#pragma unroll
            for (int r = 0; r < GEMV_ROWS; r++) {
                // A row after the last reads the last one; its sum is not written.
                const size_t row = min(first_row + r, a.rows - 1);
                load_values<TYPE>(a.values + row * a.value_quads, start / 16 + i, a.value_quads, values[r]);
                places[r] = load_places<BITS>(a.places + row * a.place_words, start / 16 + i);
            }
#pragma unroll
            for (int t = 0; t < TOKENS; t++) {
                float4 x[4];
#pragma unroll
                for (int q = 0; q < 4; q++) {
                    x[q] = tile[t * (COLUMNS / 4) + swizzled(4 * i + q)];
                }
#pragma unroll
                for (int r = 0; r < GEMV_ROWS; r++) {
                    sums[r][t] = dot_chosen<GROUP>(values[r], places[r], x, sums[r][t]);
                }
            }
        }
    }
    write_sums<TOKENS>(sums, a.output, a.output_stride, first_row, a.rows, first_token, a.tokens);
}

} // namespace lathe

#define LATHE_NM(NAME, GROUP, TYPE, TOKENS)                                                                            \
    LATHE_KERNEL(NAME, lathe::GEMV_THREADS, lathe::NmArguments) { lathe::nm_gemv<GROUP, TYPE, TOKENS>(arguments); }    \
    LATHE_EXPORT(NAME, lathe::NmArguments)

LATHE_NM(nm_gemv_of4_f32_tokens1, 4, lathe::TYPE_F32, 1)
LATHE_NM(nm_gemv_of4_f32_tokens4, 4, lathe::TYPE_F32, 4)
LATHE_NM(nm_gemv_of4_f16_tokens1, 4, lathe::TYPE_F16, 1)
LATHE_NM(nm_gemv_of4_f16_tokens4, 4, lathe::TYPE_F16, 4)
LATHE_NM(nm_gemv_of4_bf16_tokens1, 4, lathe::TYPE_BF16, 1)
LATHE_NM(nm_gemv_of4_bf16_tokens4, 4, lathe::TYPE_BF16, 4)
LATHE_NM(nm_gemv_of8_f32_tokens1, 8, lathe::TYPE_F32, 1)
LATHE_NM(nm_gemv_of8_f32_tokens4, 8, lathe::TYPE_F32, 4)
LATHE_NM(nm_gemv_of8_f16_tokens1, 8, lathe::TYPE_F16, 1)
LATHE_NM(nm_gemv_of8_f16_tokens4, 8, lathe::TYPE_F16, 4)
LATHE_NM(nm_gemv_of8_bf16_tokens1, 8, lathe::TYPE_BF16, 1)
LATHE_NM(nm_gemv_of8_bf16_tokens4, 8, lathe::TYPE_BF16, 4)
