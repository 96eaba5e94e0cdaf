package lathe.engine.kernels;

/** Working arrays of a thread, grown as needed and kept. Each is for one use, so that uses do not collide. */
final class HeapScratch {
    /**
     * What arrays have beyond what was asked for. The compiler joins bounds checks of a loop's turn with those of the next
     * one, and where that fails at an array's end, every loop that it compiles from then on checks each access.
     */
    private static final int ROOM = 1024;
    private static final ThreadLocal<HeapScratch> OF_THREAD = ThreadLocal.withInitial(HeapScratch::new);

    private float[] plain = {};
    private float[] inputs = {};
    private float[] scales = {};
    private float[] zeros = {};
    private float[] stepScales = {};
    private float[] stepZeros = {};

    private HeapScratch() {}

    /** An input before it is arranged. */
    static float[] plain(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.plain.length < size) {
            own.plain = new float[size + ROOM];
        }
        return own.plain;
    }

    /** Arranged inputs of one product; other threads read them while it lasts. */
    static float[] inputs(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.inputs.length < size) {
            own.inputs = new float[size + ROOM];
        }
        return own.inputs;
    }

    /** Scales of a row. */
    static float[] scales(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.scales.length < size) {
            own.scales = new float[size + ROOM];
        }
        return own.scales;
    }

    /** Zero points of a row. */
    static float[] zeros(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.zeros.length < size) {
            own.zeros = new float[size + ROOM];
        }
        return own.zeros;
    }

    /** Scales of the steps of a row. */
    static float[] stepScales(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.stepScales.length < size) {
            own.stepScales = new float[size + ROOM];
        }
        return own.stepScales;
    }

    /** Zero points of the steps of a row. */
    static float[] stepZeros(int size) {
        HeapScratch own = OF_THREAD.get();
        if (own.stepZeros.length < size) {
            own.stepZeros = new float[size + ROOM];
        }
        return own.stepZeros;
    }
}
