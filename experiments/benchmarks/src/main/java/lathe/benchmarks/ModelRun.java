package lathe.benchmarks;

/** A whole model as one library runs it: one sequence through a cache, greedy. */
interface ModelRun extends AutoCloseable {
    /**
     * Begins a sequence anew.
     *
     * @param tokens ids of its prompt
     * @return the id of the largest logit after them
     */
    int prefill(int[] tokens);

    /**
     * Takes one token more.
     *
     * @param token its id
     * @return the id of the largest logit after it
     */
    int next(int token);

    @Override
    void close();
}
