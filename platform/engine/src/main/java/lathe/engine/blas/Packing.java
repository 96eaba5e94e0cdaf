package lathe.engine.blas;

/** The right matrix of a product, in whatever form it is stored, see {@link RightPanel}. */
@FunctionalInterface
public interface Packing {
    /**
     * Packs a part of some columns.
     *
     * @param first   the first column
     * @param columns how many
     * @param start   the first element of each
     * @param depth   elements of each
     * @param panel   receives them in the order of {@link RightPanel}
     */
    void pack(int first, int columns, int start, int depth, float[] panel);
}
