package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Inner loops over runs of float32 in memory; offsets are in bytes and need no alignment. Two implementations with equal
 * bits: one of the Vector API and a scalar twin that says what each loop means.
 */
interface ElementKernels {
    /** target = left op right, for n elements. */
    void binary(Binary op, MemorySegment left, long leftAt, MemorySegment right, long rightAt, MemorySegment target,
            long targetAt, int n);

    /** target = left op right with one right number. */
    void binary(Binary op, MemorySegment left, long leftAt, float right, MemorySegment target, long targetAt, int n);

    /** target = op source. */
    void unary(Unary op, MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n);

    /** target = source limited to [low, high]; NaN stays. */
    void clamp(MemorySegment source, long sourceAt, float low, float high, MemorySegment target, long targetAt, int n);

    /** target = e^(source - shift); gives the sum of the targets. -inf gives 0 even if the shift is -inf. */
    double expShifted(MemorySegment source, long sourceAt, float shift, MemorySegment target, long targetAt, int n);

    /** Sum in float64, in 16 partial sums that are added pairwise. */
    double sum(MemorySegment source, long at, int n);

    /** Sum of squares in float64, in the order of {@link #sum}. */
    double sumOfSquares(MemorySegment source, long at, int n);

    /** Largest element, -inf for none; NaN if one is NaN. */
    float max(MemorySegment source, long at, int n);

    /** Smallest element, +inf for none; NaN if one is NaN. */
    float min(MemorySegment source, long at, int n);

    /** Largest absolute value, 0 for none; NaN if one is NaN. */
    float maxAbs(MemorySegment source, long at, int n);

    /** sums[i] += source[i] for n elements. */
    void accumulate(MemorySegment source, long at, double[] sums, int n);

    /** target[i] = max(target[i], source[i]), NaN wins. */
    void maxInto(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n);

    /** target[i] = min(target[i], source[i]), NaN wins. */
    void minInto(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n);

    /** Widens n bfloat16 numbers. */
    void fromBf16(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n);

    /** Rounds n numbers to bfloat16. */
    void toBf16(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n);

    /** Widens n half precision numbers. */
    void fromF16(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n);

    /** One step of the Hadamard transform of n numbers: pairs at distance half become sum and difference. */
    void butterflies(MemorySegment values, long at, int half, int n);

    /** What this is, for logs. */
    String description();
}
