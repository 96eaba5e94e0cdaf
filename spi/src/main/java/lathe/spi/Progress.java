package lathe.spi;

/** Tells the user how far a long computation is. Calls are cheap and may come from any thread. */
public interface Progress {
    /** Drops everything. */
    Progress NONE = new Progress() {
        @Override
        public void update(long done, long total, String what) {
            // Nobody listens.
        }

        @Override
        public void note(String sentence) {
            // Nobody listens.
        }
    };

    /**
     * Sets the state.
     *
     * @param done  units finished
     * @param total units in all, 0 if unknown
     * @param what  the unit being worked on, such as {@code block 3 q}
     */
    void update(long done, long total, String what);

    /**
     * Leaves a line in the run's log.
     *
     * @param sentence something the user will want to read afterwards
     */
    void note(String sentence);
}
