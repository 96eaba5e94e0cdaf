package lathe.engine.kernels;

/** One code at a time: what {@link VectorPackedDot} is tested against. */
final class ScalarPackedDot implements PackedDot {
    private final int bits;
    private final int columns;
    private final int group;

    ScalarPackedDot(int bits, int columns, int group) {
        this.bits = bits;
        this.columns = columns;
        this.group = group;
    }

    @Override
    public int arrangedSize() {
        return columns;
    }

    @Override
    public void arrange(long input, long to) {
        Memory.copy(input, to, 4L * columns);
    }

    @Override
    public float dot(long codes, long input, float[] scales, int scale, float[] zeros, int zero) {
        double sum = 0;
        for (int i = 0; i < columns; i++) {
            int g = i / group;
            float code = ScalarRowMath.code(codes, i, bits) - zeros[zero + g];
            sum += scales[scale + g] * code * Memory.getFloat(input + 4L * i);
        }
        return (float) sum;
    }
}
