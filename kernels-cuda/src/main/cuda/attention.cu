// Attention over lists of keys with the softmax computed on the way (arXiv:2205.14135, without its backward pass):
// tiles of keys and values in shared memory, the maximum m, the sum l and the weighted values of every row in
// registers.
//
// queries, keys, values, output   f32 [heads, tokens, width], widths in one piece, any other strides
// query_positions [n], key_positions [kv_heads, key_capacity]
// pieces   {from, to}: neighbouring slots; {from, ~to}: slots[from] to slots[to - 1]
// units    what a block of threads computes: queries of some heads that share keys and plan, at most 32 rows together,
//          and the pieces that they read. Row r is head `head + r / queries`, query `query + r % queries`: with grouped
//          queries every key that is loaded serves all heads of its group.
// partials [parts][32][WIDTH + 2]: m, l and the sums of units that are one part of several; attention_merge joins them.
//          So few queries over many keys fill the processor too.
//
// A key is read by a query if it is in the unit's pieces, not later (causal), nearer than the layer's window, and a
// sink or nearer than the plan's window. A query that reads nothing gives zeros.
//
// Grid     a block a unit; 128 threads, four warps of eight rows; shared memory as in AttentionTile.
// In the products with keys a lane has one or two keys, queries are broadcast; in those with values a lane has columns,
// weights are broadcast. Rows of keys are padded by a quad, so that lanes meet no bank twice.
// Bound    4 * 32 * keys * width FLOPs in f32 for many queries, the bytes of keys and values for few.
// Measured nowhere yet; CudaCheck prints FLOP/s and the fraction of the bandwidth.
#include "device.cuh"

namespace lathe {

constexpr int ATTENTION_WARPS = 4;
constexpr int ATTENTION_THREADS = ATTENTION_WARPS * WARP;
constexpr int WARP_ROWS = 8;
constexpr int UNIT_ROWS = ATTENTION_WARPS * WARP_ROWS;
constexpr float LOG2_E = 1.4426950408889634f;

struct AttentionUnit {
    int kv_head;
    int head;
    int heads;
    int query;
    int queries;
    int piece;
    int pieces;
    int sinks;
    int window;
    int part; // -1: the unit is whole
};

struct AttentionArguments {
    const float *queries;
    const float *keys;
    const float *values;
    float *output;
    const int *query_positions;
    const int *key_positions;
    const AttentionUnit *units;
    const int2 *pieces;
    const int *slots;
    float *partials;
    long long query_head_stride;
    long long query_stride;
    long long key_head_stride;
    long long key_stride;
    long long value_head_stride;
    long long value_stride;
    long long output_head_stride;
    long long output_stride;
    int key_capacity;
    int head_dim;
    int value_dim;
    int causal;
    int window;
    int aligned; // whether rows of queries, keys and values can be read by 16 bytes
    float scale;
    float softcap; // 0 for none
};

// Shared memory of a block: queries, then keys or values, weights, positions of keys.
template <int WIDTH, int KEYS> struct AttentionTile {
    static constexpr int TILE = KEYS * WARP;
    static constexpr int STRIDE = WIDTH + 4;
    static constexpr int QUERIES = 0;
    static constexpr int ROWS = QUERIES + UNIT_ROWS * WIDTH;
    static constexpr int WEIGHTS = ROWS + TILE * STRIDE;
    static constexpr int POSITIONS = WEIGHTS + UNIT_ROWS * TILE;
    static constexpr int FLOATS = POSITIONS + TILE;
};

__device__ __forceinline__ float4 load_quad(const float *__restrict__ row, int column, int width, bool aligned) {
    if (aligned && column + 4 <= width) {
        return __ldg(reinterpret_cast<const float4 *>(row + column));
    }
    return make_float4(column < width ? __ldg(row + column) : 0.0f, column + 1 < width ? __ldg(row + column + 1) : 0.0f,
                       column + 2 < width ? __ldg(row + column + 2) : 0.0f,
                       column + 3 < width ? __ldg(row + column + 3) : 0.0f);
}

__device__ __forceinline__ float dot(float4 a, float4 b, float sum) {
    return fmaf(a.w, b.w, fmaf(a.z, b.z, fmaf(a.y, b.y, fmaf(a.x, b.x, sum))));
}

template <int WIDTH, int KEYS> struct AttentionBlock {
    using Tile = AttentionTile<WIDTH, KEYS>;
    // Columns of the values that a lane has: pieces of VECTOR neighbours.
    static constexpr int VECTOR = WIDTH >= 128 ? 4 : 2;
    static constexpr int PIECES = WIDTH / WARP / VECTOR;
    static constexpr int COLUMNS = VECTOR * PIECES;

    const AttentionArguments &a;
    const AttentionUnit unit;
    float *const shared;
    const int lane;
    const int warp;
    const int rows;
    float maximum[WARP_ROWS];
    float total[WARP_ROWS]; // of this lane's keys
    float sums[WARP_ROWS][COLUMNS];
    int positions[WARP_ROWS];

    __device__ __forceinline__ AttentionBlock(const AttentionArguments &arguments, float *memory)
        : a(arguments), unit(arguments.units[blockIdx.x]), shared(memory), lane(threadIdx.x % WARP),
          warp(threadIdx.x / WARP), rows(unit.heads * unit.queries) {
#pragma unroll
        for (int r = 0; r < WARP_ROWS; r++) {
            maximum[r] = -INFINITY;
            total[r] = 0.0f;
            positions[r] = row(r) < rows ? __ldg(a.query_positions + query(row(r))) : 0;
#pragma unroll
            for (int c = 0; c < COLUMNS; c++) {
                sums[r][c] = 0.0f;
            }
        }
    }

    __device__ __forceinline__ int row(int r) const { return warp * WARP_ROWS + r; }

    __device__ __forceinline__ int head(int row) const { return unit.head + row / unit.queries; }

    __device__ __forceinline__ int query(int row) const { return unit.query + row % unit.queries; }

    // Whether this warp has rows at all; the same for all its lanes.
    __device__ __forceinline__ bool works() const { return warp * WARP_ROWS < rows; }

    __device__ void load_queries() {
        // Without a cap the softmax is computed with powers of two, which the processor has.
        const float factor = a.softcap > 0.0f ? a.scale : a.scale * LOG2_E;
#pragma unroll 1
        for (int i = threadIdx.x; i < UNIT_ROWS * WIDTH / 4; i += ATTENTION_THREADS) {
            const int row = i / (WIDTH / 4);
            const int column = i % (WIDTH / 4) * 4;
            float4 value = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            if (row < rows) {
                const float *source = a.queries + head(row) * a.query_head_stride + query(row) * a.query_stride;
                value = load_quad(source, column, a.head_dim, a.aligned);
            }
            *reinterpret_cast<float4 *>(shared + Tile::QUERIES + row * WIDTH + column) =
                make_float4(value.x * factor, value.y * factor, value.z * factor, value.w * factor);
        }
    }

    __device__ __forceinline__ int slot(int2 piece, int index) const {
        return piece.y < 0 ? __ldg(a.slots + index) : index;
    }

    // Keys or values of the slots [from, from + count) of a piece; zeros after them.
    __device__ __forceinline__ void load_rows(const float *__restrict__ base, long long head_stride, long long stride,
                                              int width, int2 piece, int from, int count) {
        const float *source = base + unit.kv_head * head_stride;
#pragma unroll 4
        for (int i = threadIdx.x; i < Tile::TILE * WIDTH / 4; i += ATTENTION_THREADS) {
            const int key = i / (WIDTH / 4);
            const int column = i % (WIDTH / 4) * 4;
            float4 value = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            if (key < count) {
                value = load_quad(source + slot(piece, from + key) * stride, column, width, a.aligned);
            }
            *reinterpret_cast<float4 *>(shared + Tile::ROWS + key * Tile::STRIDE + column) = value;
        }
    }

    __device__ __forceinline__ void load_positions(int2 piece, int from, int count) {
        int *target = reinterpret_cast<int *>(shared + Tile::POSITIONS);
#pragma unroll 1
        for (int key = threadIdx.x; key < count; key += ATTENTION_THREADS) {
            target[key] =
                __ldg(a.key_positions + static_cast<size_t>(unit.kv_head) * a.key_capacity + slot(piece, from + key));
        }
    }

    __device__ __forceinline__ bool reads(int query_position, int key_position) const {
        const int distance = query_position - key_position;
        return !(a.causal && distance < 0) && distance < a.window &&
               (key_position < unit.sinks || distance < unit.window);
    }

    // cap * tanh(score / cap) in powers of two. Near zero tanh is good to 1e-7 of the cap only, which no softmax sees.
    __device__ __forceinline__ float capped(float score) const {
        const float power = exp2f(2.0f * LOG2_E / a.softcap * score);
        return a.softcap * LOG2_E * (1.0f - 2.0f / (power + 1.0f));
    }

    // Products of this warp's rows with this lane's keys.
    __device__ __forceinline__ void score(float (&scores)[WARP_ROWS][KEYS]) const {
#pragma unroll
        for (int r = 0; r < WARP_ROWS; r++) {
#pragma unroll
            for (int k = 0; k < KEYS; k++) {
                scores[r][k] = 0.0f;
            }
        }
#pragma unroll 2
        for (int column = 0; column < WIDTH; column += 4) {
            float4 keys[KEYS];
#pragma unroll
            for (int k = 0; k < KEYS; k++) {
                keys[k] = *reinterpret_cast<const float4 *>(shared + Tile::ROWS + (lane + k * WARP) * Tile::STRIDE +
                                                            column);
            }
#pragma unroll
            for (int r = 0; r < WARP_ROWS; r++) {
                const float4 query =
                    *reinterpret_cast<const float4 *>(shared + Tile::QUERIES + row(r) * WIDTH + column);
#pragma unroll
                for (int k = 0; k < KEYS; k++) {
                    scores[r][k] = dot(query, keys[k], scores[r][k]);
                }
            }
        }
    }

    // Hides what is not read, moves the maxima and turns scores into weights, which all lanes of the warp then see.
    __device__ __forceinline__ void weigh(float (&scores)[WARP_ROWS][KEYS], int count) {
        const int *key_positions = reinterpret_cast<const int *>(shared + Tile::POSITIONS);
        float *weights = shared + Tile::WEIGHTS + warp * WARP_ROWS * Tile::TILE;
#pragma unroll
        for (int r = 0; r < WARP_ROWS; r++) {
            float highest = -INFINITY;
#pragma unroll
            for (int k = 0; k < KEYS; k++) {
                const int key = lane + k * WARP;
                float score = scores[r][k];
                if (a.softcap > 0.0f) {
                    score = capped(score);
                }
                const bool read = key < count && reads(positions[r], key_positions[key]);
                scores[r][k] = read ? score : -INFINITY;
                highest = fmaxf(highest, scores[r][k]);
            }
            const float next = fmaxf(maximum[r], warp_max(highest));
            // Nothing read so far: -inf minus -inf would be no number.
            const float base = next == -INFINITY ? 0.0f : next;
            const float factor = exp2f(maximum[r] - base);
            maximum[r] = next;
            total[r] *= factor;
#pragma unroll
            for (int c = 0; c < COLUMNS; c++) {
                sums[r][c] *= factor;
            }
#pragma unroll
            for (int k = 0; k < KEYS; k++) {
                const float weight = exp2f(scores[r][k] - base);
                total[r] += weight;
                weights[r * Tile::TILE + lane + k * WARP] = weight;
            }
        }
        __syncwarp();
    }

    __device__ __forceinline__ void add_value(const float (&weights)[WARP_ROWS], int key) {
        const float *values = shared + Tile::ROWS + key * Tile::STRIDE;
#pragma unroll
        for (int p = 0; p < PIECES; p++) {
            float value[VECTOR];
            const float *source = values + p * WARP * VECTOR + lane * VECTOR;
            if (VECTOR == 4) {
                const float4 quad = *reinterpret_cast<const float4 *>(source);
                value[0] = quad.x;
                value[1] = quad.y;
                value[VECTOR - 2] = quad.z;
                value[VECTOR - 1] = quad.w;
            } else {
                const float2 pair = *reinterpret_cast<const float2 *>(source);
                value[0] = pair.x;
                value[1] = pair.y;
            }
#pragma unroll
            for (int r = 0; r < WARP_ROWS; r++) {
#pragma unroll
                for (int v = 0; v < VECTOR; v++) {
                    sums[r][p * VECTOR + v] = fmaf(weights[r], value[v], sums[r][p * VECTOR + v]);
                }
            }
        }
    }

    __device__ __forceinline__ void add_values(int count) {
        const float *weights = shared + Tile::WEIGHTS + warp * WARP_ROWS * Tile::TILE;
#pragma unroll 1
        for (int key = 0; key < count; key += 4) {
            float4 quads[WARP_ROWS];
#pragma unroll
            for (int r = 0; r < WARP_ROWS; r++) {
                quads[r] = *reinterpret_cast<const float4 *>(weights + r * Tile::TILE + key);
            }
#pragma unroll
            for (int i = 0; i < 4; i++) {
                float column[WARP_ROWS];
#pragma unroll
                for (int r = 0; r < WARP_ROWS; r++) {
                    column[r] = i == 0 ? quads[r].x : i == 1 ? quads[r].y : i == 2 ? quads[r].z : quads[r].w;
                }
                add_value(column, key + i);
            }
        }
    }

    __device__ void visit(int2 piece, int from, int count) {
        __syncthreads(); // nobody reads the values of the last tile any more
        load_positions(piece, from, count);
        load_rows(a.keys, a.key_head_stride, a.key_stride, a.head_dim, piece, from, count);
        __syncthreads();
        if (works()) {
            float scores[WARP_ROWS][KEYS];
            score(scores);
            weigh(scores, count);
        }
        __syncthreads();
        load_rows(a.values, a.value_head_stride, a.value_stride, a.value_dim, piece, from, count);
        __syncthreads();
        if (works()) {
            add_values(count);
        }
    }

    __device__ __forceinline__ int column(int c) const {
        return c / VECTOR * WARP * VECTOR + lane * VECTOR + c % VECTOR;
    }

    __device__ void write() const {
#pragma unroll
        for (int r = 0; r < WARP_ROWS; r++) {
            if (row(r) >= rows) {
                continue;
            }
            const float sum = warp_sum(total[r]);
            if (unit.part >= 0) {
                float *target = a.partials + (static_cast<size_t>(unit.part) * UNIT_ROWS + row(r)) * (WIDTH + 2);
                if (lane == 0) {
                    target[WIDTH] = maximum[r];
                    target[WIDTH + 1] = sum;
                }
#pragma unroll
                for (int c = 0; c < COLUMNS; c++) {
                    target[column(c)] = sums[r][c];
                }
            } else {
                float *target = a.output + head(row(r)) * a.output_head_stride + query(row(r)) * a.output_stride;
                const float factor = sum > 0.0f ? 1.0f / sum : 0.0f;
#pragma unroll
                for (int c = 0; c < COLUMNS; c++) {
                    if (column(c) < a.value_dim) {
                        target[column(c)] = sums[r][c] * factor;
                    }
                }
            }
        }
    }

    __device__ void run() {
        load_queries();
        for (int i = 0; i < unit.pieces; i++) {
            const int2 piece = __ldg(a.pieces + unit.piece + i);
            const int end = piece.y < 0 ? ~piece.y : piece.y;
#pragma unroll 1
            for (int from = piece.x; from < end; from += Tile::TILE) {
                visit(piece, from, min(Tile::TILE, end - from));
            }
        }
        write();
    }
};

struct MergeArguments {
    const float *partials;
    float *output;
    const AttentionUnit *units; // `part` is the first of `pieces` parts
    long long output_head_stride;
    long long output_stride;
    int value_dim;
    int unused;
};

// Joins the parts of units: a block a unit, a warp eight rows.
template <int WIDTH> __device__ __forceinline__ void merge(const MergeArguments &a) {
    const AttentionUnit unit = a.units[blockIdx.x];
    const int lane = threadIdx.x % WARP;
#pragma unroll 1
    for (int r = 0; r < WARP_ROWS; r++) {
        const int row = threadIdx.x / WARP * WARP_ROWS + r;
        if (row >= unit.heads * unit.queries) {
            break;
        }
        const float *first = a.partials + (static_cast<size_t>(unit.part) * UNIT_ROWS + row) * (WIDTH + 2);
        constexpr size_t NEXT = static_cast<size_t>(UNIT_ROWS) * (WIDTH + 2);
        float highest = -INFINITY;
#pragma unroll 1
        for (int part = 0; part < unit.pieces; part++) {
            highest = fmaxf(highest, first[part * NEXT + WIDTH]);
        }
        float total = 0.0f;
        float sums[WIDTH / WARP] = {};
#pragma unroll 1
        for (int part = 0; part < unit.pieces && highest > -INFINITY; part++) {
            const float factor = exp2f(first[part * NEXT + WIDTH] - highest);
            total += factor * first[part * NEXT + WIDTH + 1];
#pragma unroll
            for (int c = 0; c < WIDTH / WARP; c++) {
                sums[c] = fmaf(factor, first[part * NEXT + c * WARP + lane], sums[c]);
            }
        }
        const float factor = total > 0.0f ? 1.0f / total : 0.0f;
        float *target = a.output + (unit.head + row / unit.queries) * a.output_head_stride +
                        (unit.query + row % unit.queries) * a.output_stride;
#pragma unroll
        for (int c = 0; c < WIDTH / WARP; c++) {
            if (c * WARP + lane < a.value_dim) {
                target[c * WARP + lane] = sums[c] * factor;
            }
        }
    }
}

template <int WIDTH, int KEYS> __device__ __forceinline__ void attention(const AttentionArguments &a) {
    LATHE_SHARED(float, memory);
    AttentionBlock<WIDTH, KEYS> block(a, memory);
    block.run();
}

} // namespace lathe

#define LATHE_ATTENTION(WIDTH, KEYS)                                                                                   \
    LATHE_KERNEL(attention_##WIDTH, lathe::ATTENTION_THREADS, lathe::AttentionArguments) {                             \
        lathe::attention<WIDTH, KEYS>(arguments);                                                                      \
    }                                                                                                                  \
    LATHE_EXPORT(attention_##WIDTH, lathe::AttentionArguments)                                                         \
    LATHE_KERNEL(attention_merge_##WIDTH, lathe::ATTENTION_THREADS, lathe::MergeArguments) {                           \
        lathe::merge<WIDTH>(arguments);                                                                                \
    }                                                                                                                  \
    LATHE_EXPORT(attention_merge_##WIDTH, lathe::MergeArguments)

LATHE_ATTENTION(64, 2)
LATHE_ATTENTION(128, 2)
LATHE_ATTENTION(256, 1)
