package lathe.spi.kv;

import java.util.List;

import lathe.spi.tensor.Tensor;

/**
 * Tokens stored as numbers, a matrix a head.
 *
 * @param keys      per key/value head [tokens, headDim], any float type, rows contiguous
 * @param values    per key/value head [tokens, valueDim], any float type, rows contiguous
 * @param positions per key/value head, ascending
 */
public record PlainSegment(List<Tensor> keys, List<Tensor> values, List<int[]> positions) implements KvSegment {
    /** Checks that the numbers of tokens agree. */
    public PlainSegment {
        keys = List.copyOf(keys);
        values = List.copyOf(values);
        positions = List.copyOf(positions);
        for (int head = 0; head < keys.size(); head++) {
            int tokens = keys.get(head).size(0);
            if (values.get(head).size(0) != tokens || positions.get(head).length != tokens) {
                throw new IllegalArgumentException("Head " + head + " has " + tokens + " keys, "
                        + values.get(head).size(0) + " values and " + positions.get(head).length + " positions.");
            }
        }
    }

    @Override
    public int tokens(int kvHead) {
        return positions.get(kvHead).length;
    }

    @Override
    public int[] positions(int kvHead) {
        return positions.get(kvHead);
    }

    @Override
    public void readKeys(int kvHead, int from, Tensor target) {
        target.assign(keys.get(kvHead).slice(0, from, from + target.size(0)));
    }

    @Override
    public void readValues(int kvHead, int from, Tensor target) {
        target.assign(values.get(kvHead).slice(0, from, from + target.size(0)));
    }
}
