package lathe.spi.kv;

import java.util.List;

import lathe.spi.tensor.Tensor;

/**
 * Some tokens of a cache in one stored form. Kernels read it tile by tile and never ask for more than a tile.
 * {@link PlainSegment} is read in place; a form that hands over its blocks is multiplied as it is stored; others decode into
 * the kernel's buffer.
 */
public interface KvSegment {
    /**
     * Tokens of a head.
     *
     * @param kvHead which key/value head
     * @return count, which may differ between heads
     */
    int tokens(int kvHead);

    /**
     * Positions of a head's tokens in the text.
     *
     * @param kvHead which key/value head
     * @return ascending
     */
    int[] positions(int kvHead);

    /**
     * Decodes keys.
     *
     * @param kvHead which key/value head
     * @param from   first token of the segment
     * @param target [count, headDim] float32, contiguous; its first dimension says how many
     */
    void readKeys(int kvHead, int from, Tensor target);

    /**
     * Decodes values.
     *
     * @param kvHead which key/value head
     * @param from   first token of the segment
     * @param target [count, valueDim] float32, contiguous; its first dimension says how many
     */
    void readValues(int kvHead, int from, Tensor target);

    /**
     * A head's keys as they are stored.
     *
     * @param kvHead which key/value head
     * @return blocks in the order of tokens, all of them, valid until the store changes; empty for a form that decodes itself
     */
    default List<StoredBlock> storedKeys(int kvHead) {
        return List.of();
    }

    /**
     * A head's values as they are stored.
     *
     * @param kvHead which key/value head
     * @return blocks in the order of tokens, all of them, valid until the store changes; empty for a form that decodes itself
     */
    default List<StoredBlock> storedValues(int kvHead) {
        return List.of();
    }
}
