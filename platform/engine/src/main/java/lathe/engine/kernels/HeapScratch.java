package lathe.engine.kernels;

/** Working arrays of a thread, grown as needed and kept. Each is for one use, so that uses do not collide. */
final class HeapScratch {
    private static final ThreadLocal<HeapScratch> OF_THREAD = ThreadLocal.withInitial(HeapScratch::new);

    private float[] inputs = {};
    private float[] scales = {};
    private float[] zeros = {};
    private float[] kept = {};
    private float[] scaled = {};
    private long[] bits = {};

    private HeapScratch() {}

    /** Arranged inputs of one product; other threads read them while it lasts. */
    static float[] inputs(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.inputs.length < size) {
            own.inputs = new float[size];
        }
        return own.inputs;
    }

    /** Scales of a row. */
    static float[] scales(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.scales.length < size) {
            own.scales = new float[size];
        }
        return own.scales;
    }

    /** Zero points of a row. */
    static float[] zeros(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.zeros.length < size) {
            own.zeros = new float[size];
        }
        return own.zeros;
    }

    /** Numbers of an input at the columns that a row stores. */
    static float[] kept(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.kept.length < size) {
            own.kept = new float[size];
        }
        return own.kept;
    }

    /** An input times the scales of its groups. */
    static float[] scaled(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.scaled.length < size) {
            own.scaled = new float[size];
        }
        return own.scaled;
    }

    /** The columns that a row stores. */
    static long[] bits(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.bits.length < size) {
            own.bits = new long[size];
        }
        return own.bits;
    }
}
