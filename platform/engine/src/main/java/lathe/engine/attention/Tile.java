package lathe.engine.attention;

/** Rows of float32 keys or values, in place or decoded. Reused from tile to tile. */
final class Tile {
    private long address;
    private long stride;

    /** First number. */
    long address() {
        return address;
    }

    /** Distance of rows in numbers. */
    long stride() {
        return stride;
    }

    /** Address of a row. */
    long row(int index) {
        return address + 4 * stride * index;
    }

    void set(long newAddress, long newStride) {
        address = newAddress;
        stride = newStride;
    }
}
