package lathe.spi.backend;

import lathe.spi.operator.LinearOperator;

/** A weight that a backend has made ready. Closing it frees what the backend made, not the operator. */
public interface PreparedOperator extends AutoCloseable {
    /**
     * What was prepared.
     *
     * @return the stored form
     */
    LinearOperator operator();

    /**
     * Memory that the backend took beside the stored form, or instead of it on a device.
     *
     * @return bytes, 0 if the kernels read the stored form in place
     */
    long extraBytes();

    /** Frees what the backend made. */
    @Override
    void close();
}
