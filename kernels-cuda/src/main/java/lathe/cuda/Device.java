package lathe.cuda;

import java.lang.foreign.MemorySegment;

import lathe.spi.backend.Completion;

/**
 * A processor with memory of its own: the little of CUDA's driver that the backend uses. Addresses are those of the
 * device, and nobody but the device reads them.
 */
interface Device extends AutoCloseable {
    /** Name, memory and software in words. */
    String description();

    /** Units that execute blocks of threads independently of each other. */
    int multiprocessors();

    /** Shared memory that a block may ask for. */
    int sharedBytes();

    /**
     * Memory of the device, with anything in it, at a multiple of 256 bytes.
     *
     * @return its address, 0 if the device has not got so much left
     */
    long allocate(long bytes);

    /** Gives memory back. Nothing that is still to be done may use it. */
    void free(long address);

    /** Memory of the host that streams copy from and to while the caller goes on. */
    MemorySegment allocateHost(long bytes);

    /** Gives host memory back. Nothing that is still to be done may use it. */
    void freeHost(MemorySegment memory);

    /** Opens a queue of work. */
    Stream openStream();

    /** Ends the use of the device, whose memory is then gone. */
    @Override
    void close();

    /** Work that is done in the order in which it was asked for. All methods but the last two return at once. */
    interface Stream extends AutoCloseable {
        /** Copies from host memory that stays as it is until the copy is done. */
        void upload(MemorySegment host, long device);

        /** Copies to host memory that stays until the copy is done. */
        void download(long device, MemorySegment host);

        /** Copies rows of some bytes between places of the device, each with its own distance between rows. */
        void copyRows(long source, long sourcePitch, long target, long targetPitch, long rowBytes, long rows);

        /** Fills with zero bytes. */
        void zero(long device, long bytes);

        /**
         * Launches a kernel.
         *
         * @param kernel      its name
         * @param columns     blocks in x
         * @param rows        blocks in y, at most 65535
         * @param threads     threads of a block
         * @param sharedBytes shared memory of a block
         * @param arguments   the kernel's structure, read before the method returns
         */
        void launch(String kernel, int columns, int rows, int threads, int sharedBytes, MemorySegment arguments);

        /** The point that has been reached when all work so far is done. */
        Completion record();

        /** Lets what is asked for from now on begin after a point in the work of another stream of the same device. */
        void waitFor(Completion point);

        /** Waits until all work is done. */
        void synchronize();

        /** Waits, and ends the stream. */
        @Override
        void close();
    }
}
